"""How we talk to the database: how long we wait for it, when we take it for silent, and which schema we need."""
