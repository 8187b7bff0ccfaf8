"""The e-mail that tells owners of a new key, because a key is a way in."""

from __future__ import annotations

from webapp.auth import links
from webapp.extensions import db
from webapp.keys import queries
from webapp.messages.formatting import clock
from webapp.messages.quotes import quoted
from webapp.models import ApiKey
from webapp.runtime.requests.afterwards import afterwards


def tell_owners(key_id: int) -> None:
    """Tell them outside of this request, after its commit. For commands see `send_to_owners`."""
    afterwards(send_to_owners, str(key_id))


def send_to_owners(key_id: str) -> None:
    """To each owner of the account; to staff for a key of the platform. Called as in a request, for its links."""
    key = db.session.get(ApiKey, int(key_id))
    if key is None:
        return
    whose = quoted(key.account.name) if key.account else "the platform"
    facts = {
        "whose": whose,
        "name": quoted(key.name),
        "prefix": key.prefix,
        "scopes": ", ".join(key.scopes),
        "made_by": key.made_by,
        "ends": clock(key.expires_at) if key.expires_at else "never",
        "page": "keys.index" if key.account else "platform_keys.index",
    }
    for person in queries.owners_of(key):
        links.send(f"A new API key of {whose} at Nameplate", person.email, "key_made", **facts)
