"""Which names are served and where they lead: the one statement that every answer to a proxy follows from.

The tables stand here by themselves, because `webapp.models` brings everything about people and signing in along, and
the edge service has none of it. `tests/edge/served_names/test_served.py` holds them to the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    DateTime,
    String,
    bindparam,
    column,
    exists,
    func,
    or_,
    select,
    table,
    true,
)

domain = table(
    "llm_client_custom_domain",
    column("id", BigInteger),
    column("account_id", BigInteger),
    column("domain_name", String),
    column("state", String),
    column("is_verified", Boolean),
    column("verified_at", DateTime),
    column("held_at", DateTime),
)
account = table("account", column("id", BigInteger), column("number", String), column("deleted_at", DateTime))
client = table(
    "llm_client",
    column("account_id", BigInteger),
    column("custom_domain_id", BigInteger),
    column("label", String),
    column("deployed", Boolean),
)

#: The states in which a name is served, as `webapp.models.VERIFIED_STATES` has them.
VERIFIED_STATES = ("verified", "failing")

_suspension = domain.alias("suspension")
#: Whether staff have suspended the name, in whichever account. As `webapp.models.suspends_name`.
_suspended = exists().where(
    _suspension.c.domain_name == domain.c.domain_name,
    _suspension.c.held_at.is_not(None),
    or_(
        # In the statement's text, so that its only parameter is the name.
        _suspension.c.state.in_(bindparam("states", VERIFIED_STATES, expanding=True, literal_execute=True)),
        func.coalesce(_suspension.c.held_at < domain.c.verified_at, true()),
    ),
)
#: Conditions on a domain joined to its account. An account that is being deleted loses its domains one after another,
#: but none of them may be served once the deletion was requested. A suspended name is served to nobody, also where an
#: earlier release, for which a suspension was one account's, verified another claim on it.
SERVED = (domain.c.is_verified, account.c.deleted_at.is_(None), ~_suspended)

of_accounts = domain.join(account, account.c.id == domain.c.account_id)
#: A client that is assigned to a claim of another account leads nowhere.
_of_clients = (client.c.custom_domain_id == domain.c.id) & (client.c.account_id == domain.c.account_id)

#: The names that are served.
NAMES = select(domain.c.domain_name).select_from(of_accounts).where(*SERVED)

#: The claim behind the A-label name `name`: no row unless it is served. `label` is None without a client.
LOOK_UP = (
    select(domain.c.id, account.c.number, client.c.label, client.c.deployed)
    .select_from(of_accounts.outerjoin(client, _of_clients))
    .where(*SERVED, domain.c.domain_name == bindparam("name", required=False))
)

#: All names that lead to a deployed client, and where.
ROUTES = (
    select(domain.c.id, domain.c.domain_name, client.c.label, account.c.number)
    .select_from(of_accounts.join(client, _of_clients))
    .where(*SERVED, client.c.deployed)
)


@dataclass(frozen=True, slots=True)
class Served:
    """A name that is served. `label`: of the LLM client behind it, None where none is deployed."""

    domain_id: int
    account: str
    label: str | None

    def default_host(self, platform_domain: str) -> str:
        """Where requests for it go. Only for a name with a deployed client."""
        return f"{self.label}.{self.account}.api.{platform_domain}"


def from_row(row: Sequence[Any]) -> Served:
    """From a row of `LOOK_UP`."""
    domain_id, number, label, deployed = row
    return Served(domain_id, number, label if deployed else None)


def look_up(connection: Connection, name: str) -> Served | None:
    """None when this A-label name is not served. Raises what the database raises."""
    row = connection.execute(LOOK_UP, {"name": name}).first()
    return from_row(row) if row is not None else None
