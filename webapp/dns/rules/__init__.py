"""The judge: makes findings of an observation, and a report of the findings. Everything here is pure."""
