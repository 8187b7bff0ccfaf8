"""What the page tells of the people who visit the name."""
