"""Custom domains: registering, proving, watching."""
