"""What a report means for its domain: what follows from it, the alarm that it raises, how it is stored."""
