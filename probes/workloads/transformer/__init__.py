"""Transformer encoder on token sequences."""
