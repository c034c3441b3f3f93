"""Reports: one canonical decision document, and every form of it."""
