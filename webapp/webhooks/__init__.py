"""Webhooks: endpoints, which messages they get, and the outbox in which these wait."""
