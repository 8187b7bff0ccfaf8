"""What the dashboard alone does for the edge: the list of all verified names, and telling of changes."""
