"""What is asked and told of domains: the domains themselves, their checks, and what to type."""
