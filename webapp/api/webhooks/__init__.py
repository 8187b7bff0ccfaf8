"""Webhooks: their models and operations."""
