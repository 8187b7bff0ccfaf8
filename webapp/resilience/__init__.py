"""How this application goes on while a server that it needs is silent or away, or holds data of another version."""
