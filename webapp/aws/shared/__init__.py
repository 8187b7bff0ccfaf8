"""What every call to AWS shares: the budget, the breaker, translated errors, the count."""
