"""Decoder that generates tokens with a key-value cache."""
