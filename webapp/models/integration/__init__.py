"""What programs and outsiders have of an account: keys, webhooks, links, imports."""
