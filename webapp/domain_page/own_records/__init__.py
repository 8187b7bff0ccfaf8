"""The records that a customer types into a zone of their own: which they are, where, and how."""
