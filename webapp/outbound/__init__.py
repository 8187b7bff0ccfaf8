"""Asking servers of strangers: their addresses, trust in them, and one request over one connection."""
