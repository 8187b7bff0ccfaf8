"""How a domain stands, as its page says it first, and what that follows from."""
