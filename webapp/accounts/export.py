"""The export of an account: everything that it has here, for its owner."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from webapp.accounts import queries
from webapp.audit.documents import event_document, projected, to_the_second
from webapp.domains.listing import domain_document
from webapp.extensions import db
from webapp.models import Account, Event, HostedZone, LLMClient, LLMClientCustomDomain

#: Rows that are read at once, and characters that are sent at once.
_ROWS, _PIECE = 500, 65536

#: The keys of a domain and of an event in the file, and those of the documents that they are taken from.
_DOMAIN = {
    "name": "domain_name",
    "state": "state",
    "verified": "is_verified",
    "hold": "hold",
    "created_at": "created_at",
}
_EVENT = {
    "at": "at",
    "kind": "kind",
    "domain": "domain",
    "who": "actor",
    "what": "sentence",
    "reason": "reason",
    "code": "code",
    "params": "params",
}


def account_data(account: Account, now: datetime) -> dict[str, Any]:
    """As JSON can hold it: times as ISO 8601, UTC. No passwords, keys or links; those are people's own. What can be
    long is read while it is written, by `as_text`.
    """
    return {
        "format": 1,
        "exported_at": _time(now),
        "account": {
            "number": account.number,
            "name": account.name,
            "created_at": _time(account.created_at),
        },
        "people": [
            {
                "email": membership.user.email,
                "role": membership.role.value,
                "wants_mail": membership.wants_mail,
                "since": _time(membership.created_at),
            }
            for membership in queries.people_of(account)
        ],
        "invitations": [
            {
                "email": invitation.email,
                "role": invitation.role.value,
                "invited_by": invitation.invited_by,
                "expires_at": _time(invitation.expires_at),
            }
            for invitation in queries.invitations_of(account)
        ],
        "notification_addresses": [
            {"email": address.email, "confirmed_at": _time(address.confirmed_at)}
            for address in queries.addresses_of(account)
        ],
        "llm_clients": (_llm_client(row) for row in _llm_clients(account)),
        "domains": (_domain(row) for row in _domains(account)),
        "history": (_event(row) for row in _events(account)),
    }


def as_text(data: Mapping[str, Any]) -> Iterator[str]:
    """As JSON, in pieces: a large account's history would not fit into the memory of a web process as a whole."""
    piece = ""
    for part in _parts(data):
        piece += part
        if len(piece) >= _PIECE:
            yield piece
            piece = ""
    yield piece


def _parts(data: Mapping[str, Any]) -> Iterator[str]:
    for number, (key, value) in enumerate(data.items()):
        yield f"{',' if number else '{'}\n  {json.dumps(key)}: "
        if isinstance(value, Iterator):
            yield from _list(value)
        else:
            yield _json(value, "  ")
    yield "\n}"


def _list(values: Iterator[Any]) -> Iterator[str]:
    before = "["
    for value in values:
        yield f"{before}\n    {_json(value, '    ')}"
        before = ","
    yield "[]" if before == "[" else "\n  ]"


def _json(value: object, indent: str) -> str:
    """A line break in a string is written as an escape, so that every other one begins a line of the document."""
    return json.dumps(value, indent=2, ensure_ascii=False).replace("\n", f"\n{indent}")


def _llm_clients(account: Account) -> Iterator[LLMClient]:
    query = select(LLMClient).where(LLMClient.account_id == account.id)
    return _in_pages(query.options(selectinload(LLMClient.custom_domain)), LLMClient.id)


def _domains(account: Account) -> Iterator[LLMClientCustomDomain]:
    query = select(LLMClientCustomDomain).where(LLMClientCustomDomain.account_id == account.id)
    parts = [
        selectinload(part)
        for part in (
            LLMClientCustomDomain.zones,
            LLMClientCustomDomain.dns_records,
            LLMClientCustomDomain.llm_client,
        )
    ]
    return _in_pages(query.options(*parts), LLMClientCustomDomain.id)


def _events(account: Account) -> Iterator[Event]:
    query = select(Event).where(Event.account_id == account.id)
    return _in_pages(query.options(selectinload(Event.custom_domain)), Event.id)


def _in_pages(query: Select[Any], row_id: InstrumentedAttribute[int]) -> Iterator[Any]:
    """The rows in the order of ids, read so many at a time."""
    after = 0
    while rows := db.session.scalars(query.where(row_id > after).order_by(row_id).limit(_ROWS)).all():
        after = rows[-1].id
        yield from rows


def _llm_client(llm_client: LLMClient) -> dict[str, Any]:
    return {
        "name": llm_client.name,
        "deployed": llm_client.deployed,
        "default_host": llm_client.default_host,
        "domain": llm_client.custom_domain.domain_name if llm_client.custom_domain else None,
        "created_at": _time(llm_client.created_at),
    }


def _domain(domain: LLMClientCustomDomain) -> dict[str, Any]:
    document = domain_document(domain)
    return projected(document | {"created_at": to_the_second(document["created_at"])}, _DOMAIN) | {
        "zones": [_zone(zone) for zone in domain.zones],
        "records": [
            {
                "name": record.record_name,
                "type": record.record_type,
                "value": record.record_value,
                "ttl": record.record_ttl,
            }
            for record in domain.dns_records
        ],
    }


def _zone(zone: HostedZone) -> dict[str, Any]:
    return {
        "id": zone.aws_hosted_zone_id,
        "state": zone.state.value,
        "name_servers": list(zone.name_servers),
        "created_at": _time(zone.created_at),
    }


def _event(event: Event) -> dict[str, Any]:
    document = event_document(event)
    return projected(document | {"at": to_the_second(document["at"])}, _EVENT)


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
