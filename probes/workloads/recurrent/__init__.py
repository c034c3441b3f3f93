"""Recurrent network (GRU) on series."""
