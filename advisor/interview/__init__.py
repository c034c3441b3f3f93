"""Answers: the file they are kept in, the sitting in which they are given, and its journal."""
