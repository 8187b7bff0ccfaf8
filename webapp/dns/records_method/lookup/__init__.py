"""Measuring the records method: the zone of a name is found and asked as a parent is. Nothing here judges."""
