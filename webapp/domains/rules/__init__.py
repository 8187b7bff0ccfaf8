"""Rules on domains, pure: how one stands, and what a verdict does to its state."""
