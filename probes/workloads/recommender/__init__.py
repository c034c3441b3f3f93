"""Recommender: large embedding tables and a small network."""
