"""Domains and their parts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Change, Id, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.api.schemas.references import LLMClientOf
from webapp.domains.rules.status import Situation
from webapp.models import DomainState, Method

State = Annotated[str, one_of(*(one.value for one in DomainState))]
Status = Annotated[
    str,
    one_of(
        *(one.value for one in Situation),
        says="How it stands by DNS and certificate.",
    ),
]
MethodName = Annotated[str, one_of(*(one.value for one in Method), says="How the name is proved.")]
WhoActs = Annotated[str, one_of("you", "we", "nobody", says="Whose turn it is.")]


class Trouble(Answer):
    """What is wrong: a stable code, and a sentence for people."""

    code: str = Field(description="Stable: programs branch on it.")
    detail: str = Field(description="What is wrong, for people.")
    next_step: str | None = Field(None, description="What to do about it.")


class Suspension(Answer):
    """Why a domain is not served, by a decision of staff."""

    since: Time = Field(description="When staff suspended the domain.")
    reason: str = Field(description="Why, as staff wrote it.")
    contact: str = Field(description="Whom to write to about it.")


class Live(Answer):
    """What the last look at the name from outside saw."""

    outcome: str | None = Field(description="The code of what was seen.")
    sentence: str = Field(description="What was seen, for people.")
    next_step: str = Field(description="What to do about it, or empty.")
    who_acts: WhoActs
    address: str | None = Field(description="The address that answered.")
    status: int | None = Field(description="The status of the answer in HTTP.")
    issuer: str | None = Field(description="Who issued the certificate that visitors are shown.")
    certificate_ends_at: Time | None = Field(description="When that certificate ends.")
    milliseconds: int | None = Field(description="How long the answer took.")
    seen_at: Time | None = Field(description="When it was seen.")
    first_live_at: Time | None = Field(description="When the name was seen to work for the first time.")


class DomainSummary(Answer):
    """A domain as it stands in a list."""

    id: int = Field(description="Its id in all paths.")
    domain_name: str = Field(description="In A-labels (RFC 5890).")
    shown: str = Field(description="In its own letters.")
    account: str = Field(description="The number of its account.")
    llm_client: LLMClientOf | None = Field(description="What visitors reach there.")
    state: State
    status: Status
    headline: str = Field(description="How it stands, in a few words for people.")
    needs_action: bool = Field(description="Whether its owner has to do something.")
    is_verified: bool = Field(description="Whether the name is served.")
    verdict: str | None = Field(description="What the last firm check found.")
    method: MethodName
    next_method: MethodName | None = Field(description="The method that it is changing to.")
    suspension: Suspension | None = Field(description="Null unless staff have suspended it.")
    live: Live | None = Field(description="Null where names are not checked from outside.")
    created_at: Time = Field(description="When it was registered.")
    state_changed_at: Time = Field(description="Since when it is in this state.")
    verified_at: Time | None = Field(description="When DNS proved it for the first time.")
    last_checked_at: Time | None = Field(description="When DNS was asked last.")
    next_check_at: Time | None = Field(description="When DNS is asked next.")
    grace_until: Time | None = Field(description="Until when a failing name is served.")
    alarm_since: Time | None = Field(description="Since when the whole domain is led to us, by mistake.")


class Ownership(Answer):
    """Whether DNS proves the claim."""

    status: State
    verified_at: Time | None = Field(description="When DNS proved it for the first time.")
    verdict: str | None = Field(description="What the last firm check found.")
    error: Trouble | None = Field(description="Null while nothing is wrong.")


class Routing(Answer):
    """Whether visitors of the name are led to an LLM client."""

    status: Annotated[str, one_of("serving", "waiting", "no_llm_client", "not_deployed", "suspended", "off")]
    hostname: str | None = Field(description="The name that visitors reach the LLM client at.")
    error: Trouble | None = Field(description="Why nobody is led there; null while it is serving.")


class Certificate(Answer):
    """The certificate for visitors of the name."""

    status: Annotated[
        str,
        one_of(
            *("none", "by_edge", "wanted", "requested", "validating"),
            *("issued", "failed", "deleting"),
        ),
    ]
    issuer: str | None = Field(description="Who issued it.")
    not_after: Time | None = Field(description="When it ends.")
    works: bool = Field(description="Whether visitors can use it now.")
    sentence: str = Field(description="How it stands, for people.")
    error: Trouble | None = Field(description="Null while nothing is wrong.")
    fixable: bool = Field(description="Whether a retry can be asked for.")


class Record(Answer):
    """One DNS record to add."""

    type: str = Field(description="NS, TXT, CNAME, A or AAAA.")
    name: str = Field(description="The full name.")
    relative_name: str = Field(description="As most DNS providers want it in their field for the name.")
    parent_zone: str = Field(description="The zone that it belongs into.")
    value: str = Field(description="What to enter.")
    required: bool = Field(description="Whether the name is not verified without it.")
    status: Annotated[
        str, one_of("found", "missing", "wrong", "unknown", "not_asked", says="By the last check.")
    ]
    error: Trouble | None = Field(description="What is wrong with this record alone; null while nothing is.")


class Domain(DomainSummary):
    """A domain with everything that its page tells."""

    sentence: str = Field(description="How it stands, for people.")
    next_step: str = Field(description="What to do about it, or empty.")
    who_acts: WhoActs
    checking: bool = Field(description="Whether a check is under way.")
    ownership: Ownership = Field(description="Whether DNS proves the claim.")
    routing: Routing = Field(description="Whether visitors are led to an LLM client.")
    certificate: Certificate = Field(description="The certificate for visitors.")
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
    """A name to register."""

    domain_name: Line = Field(
        min_length=1,
        max_length=1000,
        description="The host name, read as people type it.",
        examples=["chat.acme.com"],
    )
    llm_client_id: Id | None = Field(
        None, description="The LLM client that visitors reach there.", examples=[1]
    )
    method: Literal["delegation", "records"] | None = Field(
        None,
        description="How the name is proved; null for the platform's usual method.",
        examples=["records"],
    )


class DomainChange(Change):
    """Only what is sent is changed."""

    llm_client_id: Id | None = Field(
        None, description="The LLM client that visitors reach there; null for none.", examples=[1]
    )
    method: Literal["delegation", "records"] = Field(
        "delegation", description="A name that is served goes on by its method until the new one proves it."
    )


class NewSuspension(Model):
    """Why a domain is suspended."""

    reason: Line = Field(
        min_length=1,
        max_length=1000,
        description="The people of the domain read it.",
        examples=["Phishing was reported at this name."],
    )
    deny: bool = Field(False, description="Put the name on the deny list as well.")


class Release(Model):
    reason: Line = Field(min_length=1, max_length=1000, description="The people of the domain read it.")
