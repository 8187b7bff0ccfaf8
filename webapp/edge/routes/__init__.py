"""All routes as one document, and the file that it is kept in."""
