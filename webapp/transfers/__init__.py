"""Domains that move from one account to another, with their zones, records and certificates."""
