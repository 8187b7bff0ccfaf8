"""Judging a delegation: pure functions from what was measured to a verdict, a report and its sentences."""
