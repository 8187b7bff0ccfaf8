"""Changes of tables that are in use: the operations that migrations are made of. Nothing here knows a model.

`migrations/env.py` imports this room, and a migration finds the operations in Alembic's `op`, such as
`op.add_columns_online`. Each can be run again after it broke off, and then does what is left.
"""
