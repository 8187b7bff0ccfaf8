"""LLM clients: what is served at a custom domain."""
