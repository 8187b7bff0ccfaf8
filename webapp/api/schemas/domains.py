"""Domains and their parts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Change, Id, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.domains.status import Situation
from webapp.models import DomainState, Method

State = Annotated[str, one_of(*(one.value for one in DomainState))]
Status = Annotated[str, one_of(*(one.value for one in Situation), says="How the page shows it.")]
MethodName = Annotated[str, one_of(*(one.value for one in Method), says="How the name is proved.")]
WhoActs = Annotated[str, one_of("you", "we", "nobody", says="Whose turn it is.")]


class Trouble(Answer):
    """What is wrong: a stable code, and a sentence for people."""

    code: str
    detail: str
    next_step: str | None = None


class LLMClientOf(Answer):
    id: int
    name: str


class Suspension(Answer):
    since: Time
    reason: str
    contact: str


class Live(Answer):
    """What the last look at the name from outside saw."""

    outcome: str | None
    sentence: str
    next_step: str
    who_acts: WhoActs
    address: str | None
    issuer: str | None
    certificate_ends_at: Time | None
    milliseconds: int | None
    seen_at: Time | None
    first_live_at: Time | None


class DomainSummary(Answer):
    """A domain as it stands in a list."""

    id: int
    domain_name: str = Field(description="In A-labels (RFC 5890).")
    shown: str = Field(description="In its own letters.")
    account: str
    llm_client: LLMClientOf | None
    state: State
    status: Status
    headline: str
    needs_action: bool = Field(description="Whether its owner has to do something.")
    is_verified: bool = Field(description="Whether the name is served.")
    verdict: str | None = Field(description="What the last firm check found.")
    method: MethodName
    next_method: MethodName | None
    suspension: Suspension | None
    live: Live | None
    created_at: Time
    state_changed_at: Time
    verified_at: Time | None
    last_checked_at: Time | None
    next_check_at: Time | None
    grace_until: Time | None = Field(description="Until when a failing name is served.")
    alarm_since: Time | None = Field(description="Since when the whole domain is led to us, by mistake.")


class Ownership(Answer):
    """Whether DNS proves the claim."""

    status: State
    verified_at: Time | None
    verdict: str | None
    error: Trouble | None


class Routing(Answer):
    """Whether visitors of the name are led to an LLM client."""

    status: Annotated[str, one_of("serving", "waiting", "no_llm_client", "not_deployed", "suspended", "off")]
    hostname: str | None
    error: Trouble | None


class Certificate(Answer):
    """The certificate for visitors of the name."""

    status: Annotated[
        str,
        one_of(
            *("none", "by_edge", "wanted", "requested", "validating"),
            *("issued", "failed", "deleting"),
        ),
    ]
    issuer: str | None
    not_after: Time | None
    works: bool
    sentence: str
    error: Trouble | None
    fixable: bool = Field(description="Whether a retry can be asked for.")


class Record(Answer):
    """One DNS record to add."""

    type: str
    name: str
    relative_name: str = Field(description="As most DNS providers want it in their field for the name.")
    parent_zone: str
    value: str
    required: bool
    status: Annotated[
        str, one_of("found", "missing", "wrong", "unknown", "not_asked", says="By the last check.")
    ]
    error: Trouble | None


class Domain(DomainSummary):
    """A domain with everything that its page tells."""

    sentence: str = Field(description="How it stands, for people.")
    next_step: str = Field(description="What to do about it, or empty.")
    who_acts: WhoActs
    checking: bool = Field(description="Whether a check is under way.")
    ownership: Ownership
    routing: Routing
    certificate: Certificate
    records: list[Record] = Field(
        description="What to add at the DNS provider; empty while that may still change."
    )
    next_records: list[Record] = Field(description="The same of the method that it changes to.")
    report: dict[str, Any] | None = Field(
        description="What the last check saw: verdict, expected, found, missing, unexpected, asked, message, "
        "next_step, who_acts and more."
    )
    restorable_until: Time | None = Field(description="Until when a removal can be taken back.")


class DomainList(Page[DomainSummary]):
    """Domains, the newest first."""


class DomainsQuery(PageQuery):
    state: Literal["pending", "verified", "failing", "lapsed", "expired", "removing"] | None = Field(
        None, description="Only domains in this state."
    )
    verdict: str | None = Field(
        None, max_length=40, description="Only those whose last firm check found this."
    )
    needs_action: bool | None = Field(
        None, description="Only those whose owner has to act, or only the others."
    )
    name_contains: str | None = Field(
        None, max_length=253, description="Only those with this text in the name."
    )
    created_after: Time | None = Field(None, description="Only those registered after this time.")


class NewDomain(Model):
    domain_name: Line = Field(
        min_length=1, max_length=1000, description="The host name, read as people type it."
    )
    llm_client_id: Id | None = Field(None, description="The LLM client that visitors reach there.")
    method: Literal["delegation", "records"] | None = Field(None, description="How the name is proved.")


class DomainChange(Change):
    """Only what is sent is changed."""

    llm_client_id: Id | None = Field(
        None, description="The LLM client that visitors reach there; null for none."
    )
    method: Literal["delegation", "records"] = Field(
        "delegation", description="A name that is served goes on by its method until the new one proves it."
    )


class NewSuspension(Model):
    reason: Line = Field(min_length=1, max_length=1000, description="The people of the domain read it.")
    deny: bool = Field(False, description="Put the name on the deny list as well.")


class Release(Model):
    reason: Line = Field(min_length=1, max_length=1000, description="The people of the domain read it.")
