"""Measuring a delegation: who is asked what, within which limits, and what was seen. Nothing here judges."""
