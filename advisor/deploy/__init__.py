"""Does the way to the target work here? Converts, loads and compares for real, in processes apart."""
