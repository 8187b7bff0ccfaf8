"""Sending what waits: claims, the request itself, and what follows from its outcome."""
