"""The questionnaire as plain lines: for screen readers, pipes and very small terminals."""
