"""Table network: fully connected layers on the digits data."""
