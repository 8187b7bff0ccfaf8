"""Proof by records in the customer's own zone: a token proves it, and the target leads the name to the edge."""
