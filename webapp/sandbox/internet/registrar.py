"""The pretended registrar: whose name servers the registry hands out for a domain, if not the provider's."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from webapp.sandbox.shared.store import Store


def choose(store: Store, domain: str, servers: Sequence[str]) -> None:
    """Let the registry hand these out from now on; none of them brings back the provider's own."""
    with store.writing() as connection:
        connection.execute("DELETE FROM registrar_server WHERE domain = ?", (domain,))
        rows = [(domain, server) for server in dict.fromkeys(servers)]
        connection.executemany("INSERT INTO registrar_server (domain, server) VALUES (?, ?)", rows)


def chosen(connection: sqlite3.Connection, domain: str) -> list[str]:
    """Empty for a domain that is at the provider."""
    rows = connection.execute("SELECT server FROM registrar_server WHERE domain = ?", (domain,))
    return [row["server"] for row in rows]
