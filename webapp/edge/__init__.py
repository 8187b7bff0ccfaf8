"""The addresses that edge proxies and monitoring request."""
