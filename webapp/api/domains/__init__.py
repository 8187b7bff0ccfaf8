"""The operations on domains."""
