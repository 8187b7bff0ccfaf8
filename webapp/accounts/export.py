"""The export of an account: everything that it has here, for its owner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from webapp.accounts import queries
from webapp.audit.documents import for_customers, projected, to_the_second
from webapp.domains.listing import domain_document
from webapp.extensions import db
from webapp.jobs.batches import let_go, rows
from webapp.keys.documents import key_document
from webapp.keys.queries import all_keys
from webapp.models import (
    Account,
    DomainImport,
    DomainTransfer,
    Event,
    HandoverLink,
    HostedZone,
    ImportLine,
    LLMClient,
    LLMClientCustomDomain,
    RecordsProof,
    WebhookEndpoint,
)

#: The keys of a domain and of an event in the file, and those of the documents that they are taken from.
_DOMAIN = {
    "name": "domain_name",
    "state": "state",
    "verified": "is_verified",
    "method": "method",
    "hold": "hold",
    "probe": "probe",
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


def account_data(account: Account, now: datetime, *, for_owner: bool) -> dict[str, Any]:
    """As JSON can hold it: times as ISO 8601, UTC. No passwords, keys or links; those are people's own. Who is
    invited is an owner's business. What can be long is an iterator, read while it is written, because a
    large account's history would not fit into the memory of a web process as a whole.
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
            for invitation in (queries.invitations_of(account) if for_owner else ())
        ],
        "notification_addresses": [
            {"email": address.email, "confirmed_at": _time(address.confirmed_at)}
            for address in queries.addresses_of(account)
        ],
        "api_keys": [key_document(key, now) for key in all_keys(account)],
        "webhooks": [
            {
                "url": endpoint.url,
                "description": endpoint.description,
                "types": list(endpoint.types),
                "state": endpoint.state.value,
                "created_at": _time(endpoint.created_at),
            }
            for endpoint in (_endpoints(account) if for_owner else ())
        ],
        "llm_clients": (_llm_client(row) for row in _llm_clients(account)),
        "domains": (_domain(row) for row in _domains(account)),
        "imports": (_import(row) for row in _imports(account)),
        "handover_links": (_handover_link(row) for row in _handover_links(account)),
        "transfers": (_transfer(row, account) for row in (_transfers(account) if for_owner else ())),
        "history": (
            _event(row) for row in _events(account) if for_owner or row.kind not in queries.OWNERS_BUSINESS
        ),
    }


def _endpoints(account: Account) -> Sequence[WebhookEndpoint]:
    mine = WebhookEndpoint.account_id == account.id
    return db.session.scalars(select(WebhookEndpoint).where(mine).order_by(WebhookEndpoint.id)).all()


def _llm_clients(account: Account) -> Iterator[LLMClient]:
    query = select(LLMClient).where(LLMClient.account_id == account.id)
    parts = selectinload(LLMClient.account), selectinload(LLMClient.custom_domain)
    return rows(query.options(*parts), LLMClient.id)


def _domains(account: Account) -> Iterator[LLMClientCustomDomain]:
    query = select(LLMClientCustomDomain).where(LLMClientCustomDomain.account_id == account.id)
    parts = [
        selectinload(part)
        for part in (
            LLMClientCustomDomain.account,
            LLMClientCustomDomain.zones,
            LLMClientCustomDomain.dns_records,
            LLMClientCustomDomain.records_proofs,
            LLMClientCustomDomain.llm_client,
            LLMClientCustomDomain.probe,
        )
    ]
    return rows(query.options(*parts), LLMClientCustomDomain.id)


def _imports(account: Account) -> Iterator[DomainImport]:
    return rows(select(DomainImport).where(DomainImport.account_id == account.id), DomainImport.id)


def _events(account: Account) -> Iterator[Event]:
    query = select(Event).where(Event.account_id == account.id)
    parts = selectinload(Event.account), selectinload(Event.custom_domain)
    return rows(query.options(*parts), Event.id)


def _handover_links(account: Account) -> Iterator[HandoverLink]:
    query = select(HandoverLink).where(HandoverLink.account_id == account.id)
    return rows(query.options(selectinload(HandoverLink.custom_domain)), HandoverLink.id)


def _transfers(account: Account) -> Iterator[DomainTransfer]:
    row = DomainTransfer
    query = select(row).where(or_(row.from_account_id == account.id, row.to_account_id == account.id))
    return rows(query.options(selectinload(row.custom_domain)), row.id)


def _handover_link(link: HandoverLink) -> dict[str, Any]:
    return {
        "domain": link.custom_domain.domain_name,
        "made_for": link.made_for,
        "made_by": link.made_by,
        "created_at": _time(link.created_at),
        "expires_at": _time(link.expires_at),
        "revoked_at": _time(link.revoked_at),
        "opened_at": _time(link.opened_at),
        "done_at": _time(link.done_at),
    }


def _transfer(transfer: DomainTransfer, account: Account) -> dict[str, Any]:
    """Who acted in the other account is that account's own."""
    gives = transfer.from_account_id == account.id
    return {
        "domain": transfer.custom_domain.domain_name,
        "direction": "out" if gives else "in",
        "state": transfer.state.value,
        "to": transfer.to if gives else None,
        "offered_by": transfer.offered_by if gives else None,
        "created_at": _time(transfer.created_at),
        "expires_at": _time(transfer.expires_at),
        "decided_at": _time(transfer.decided_at),
    }


def _llm_client(llm_client: LLMClient) -> dict[str, Any]:
    return {
        "name": llm_client.name,
        "deployed": llm_client.deployed,
        "default_host": llm_client.default_host,
        "domain": llm_client.custom_domain.domain_name if llm_client.custom_domain else None,
        "created_at": _time(llm_client.created_at),
    }


def _import(list_: DomainImport) -> dict[str, Any]:
    """Its lines, as they were typed, are at most `parsing.MOST_LINES`."""
    query = select(ImportLine.number, ImportLine.typed, ImportLine.state)
    lines = db.session.execute(
        query.where(ImportLine.import_id == list_.id).order_by(ImportLine.number)
    ).all()
    document = {
        "id": list_.id,
        "state": list_.state.value,
        "by": list_.actor_name,
        "created_at": _time(list_.created_at),
        "lines": [{"line": number, "typed": typed, "result": state.value} for number, typed, state in lines],
    }
    let_go()
    return document


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
        "proofs": [_proof(proof) for proof in domain.records_proofs],
    }


def _proof(proof: RecordsProof) -> dict[str, Any]:
    return {
        "token": proof.token,
        "target": proof.target,
        "state": proof.state.value,
        "created_at": _time(proof.created_at),
    }


def _zone(zone: HostedZone) -> dict[str, Any]:
    return {
        "id": zone.aws_hosted_zone_id,
        "state": zone.state.value,
        "name_servers": list(zone.name_servers),
        "created_at": _time(zone.created_at),
    }


def _event(event: Event) -> dict[str, Any]:
    document = for_customers(event)
    return projected(document | {"at": to_the_second(document["at"])}, _EVENT)


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
