"""Keys of the API: making, showing and revoking them, and telling their owners."""
