"""Certificates at ACM: the port, and the client behind it."""
