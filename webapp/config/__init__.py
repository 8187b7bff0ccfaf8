"""The settings, what Flask reads of them, and the schedule of background work."""
