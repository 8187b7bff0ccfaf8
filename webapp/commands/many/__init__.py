"""`flask domains import` and `export`: many names at once, from a shell."""
