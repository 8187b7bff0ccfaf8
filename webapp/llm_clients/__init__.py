"""LLM clients: what a custom domain leads to."""
