"""The name servers of zones: asked with bounds, written down, and found at addresses that are sure."""
