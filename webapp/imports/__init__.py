"""Many names at once: they are read, judged, and registered by a worker."""
