"""Workloads: for each a spec, the shared part, and the two sides next to each other."""
