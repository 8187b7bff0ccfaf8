"""The judge of the records method. Everything here is pure."""
