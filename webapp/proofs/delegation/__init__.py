"""Proof by delegation: the parent's own servers list exactly the name servers of the claim's zone."""
