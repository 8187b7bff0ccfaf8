"""The records that a customer types: which they are, where, and how at one provider or by a tool."""
