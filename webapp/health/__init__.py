"""The installation's own health: what works, since when something does not, and the figures to watch."""
