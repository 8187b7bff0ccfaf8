"""The LLM client behind a verified name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager, load_only

from webapp.edge.verified_names import SERVED
from webapp.extensions import db
from webapp.models import Account, LLMClient, LLMClientCustomDomain


@dataclass(frozen=True)
class Route:
    """Requests for `domain` go to `default_host`; `domain_id` never changes and is never used again."""

    domain_id: int
    domain: str
    default_host: str


def client_behind(name: str) -> LLMClient | None:
    """The deployed LLM client of a verified A-label name."""
    return db.session.scalar(_served().where(LLMClientCustomDomain.domain_name == name))


def routes() -> Sequence[Route]:
    """Every verified name with a deployed LLM client, sorted by name."""
    clients = db.session.scalars(
        _served()
        .options(
            load_only(LLMClient.label),
            contains_eager(LLMClient.custom_domain).load_only(LLMClientCustomDomain.domain_name),
        )
        .order_by(LLMClientCustomDomain.domain_name)
    )
    return [
        Route(client.custom_domain.id, client.custom_domain.domain_name, client.default_host)
        for client in clients
        if client.custom_domain is not None
    ]


def _served() -> Select[LLMClient]:
    return (
        select(LLMClient)
        .join(LLMClient.custom_domain)
        .join(LLMClient.account)
        .options(contains_eager(LLMClient.account).load_only(Account.number))
        .where(*SERVED, LLMClient.deployed)
    )
