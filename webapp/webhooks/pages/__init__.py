"""The pages about webhooks: an account's own, and the platform's for staff."""
