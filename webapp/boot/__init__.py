"""The start of a process, and what must be right before it."""
