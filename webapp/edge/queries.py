"""The LLM client behind a verified name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import contains_eager

from webapp.edge.verified_names import SERVED
from webapp.extensions import db
from webapp.jobs.batches import rows
from webapp.models import Account, LLMClient, LLMClientCustomDomain
from webapp.models.llm_client import default_host_of

_BATCH = 2000


@dataclass(frozen=True)
class Route:
    """Requests for `domain` go to `default_host`; `domain_id` never changes and is never used again."""

    domain_id: int
    domain: str
    default_host: str


def client_behind(name: str) -> LLMClient | None:
    """The deployed LLM client of a verified A-label name."""
    return db.session.scalar(_served().where(LLMClientCustomDomain.domain_name == name))


def routes() -> Iterator[Route]:
    """Every verified name with a deployed LLM client, sorted by name, read in batches of columns: a million objects
    would take a web process most of a minute and a gigabyte.
    """
    query = (
        select(
            LLMClientCustomDomain.id,
            LLMClientCustomDomain.domain_name,
            LLMClient.label,
            Account.number,
        )
        .select_from(LLMClient)
        .join(LLMClient.custom_domain)
        .join(LLMClient.account)
        .where(*SERVED, LLMClient.deployed)
    )
    for row in rows(query, LLMClientCustomDomain.domain_name, size=_BATCH):
        yield Route(row.id, row.domain_name, default_host_of(row.label, row.number))


def _served() -> Select[LLMClient]:
    return (
        select(LLMClient)
        .join(LLMClient.custom_domain)
        .join(LLMClient.account)
        .options(contains_eager(LLMClient.account).load_only(Account.number))
        .where(*SERVED, LLMClient.deployed)
    )
