"""Rows as JSON documents, for commands, the API and webhooks alike.

Keys are stable: scripts rely on them, so keys are added and never renamed or removed.
"""
