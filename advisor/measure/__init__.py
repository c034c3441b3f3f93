"""Measuring both candidates on this machine: fair, paired, isolated, within a budget."""
