"""Hosted zones and their records at Route 53: the port, and the client behind it."""
