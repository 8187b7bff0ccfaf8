"""Whether a name is served, as tests ask it."""

from __future__ import annotations

from webapp.edge.served import look_up
from webapp.extensions import db


def is_served(name: str) -> bool:
    """As this transaction sees it."""
    return look_up(db.session.connection(), name) is not None
