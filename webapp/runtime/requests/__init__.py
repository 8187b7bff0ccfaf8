"""Requests: who sends one, the headers of its answer, and work that must not show in its time."""
