"""The decision: a pure function of rule base, answers, measurements and day."""
