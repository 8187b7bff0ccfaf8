"""Custom domains: registration, verification, and the states that follow."""
