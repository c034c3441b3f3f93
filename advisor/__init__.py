"""Advises a team whether to build on PyTorch or TensorFlow, and shows why.

Nothing is imported here: every face starts from this package, and start-up time is everyone's.
"""

__version__ = "0.1.0"
