"""The sentences of stored codes, by subject; `webapp.messages.catalogue` has all of them together."""
