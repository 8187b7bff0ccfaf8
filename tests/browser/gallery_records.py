"""Domains of the gallery that are proved by records in their own zone, or change to that."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.dns.records_method.cases import SERVERS, host, seen
from tests.factories import make_checked, make_domain, make_zone
from webapp.audit.log import SYSTEM, note
from webapp.dns.records_method import RecordsExpectation, RecordsReport, judge
from webapp.models import (
    Account,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    Method,
    utcnow,
)
from webapp.proofs.registry import METHODS

#: The zone that the observations are of. Its name is in no sentence of another page of the gallery.
ZONE = "acme.com"
#: The longest label that a name can have: whatever shows a name has to bear it.
LONGEST = "assistant-of-the-whole-company-with-all-of-its-many-departments"


def of_records(account: Account) -> dict[str, int]:
    """One that is reserved while an old site answers, one that leads to us, one with a token that is not whole, a
    verified one at which visitors meet an old address as well, and a delegated one that changes.
    """
    now = utcnow()
    reserved, live = (_claimed(account, f"{name}.{ZONE}", now) for name in ("reserved", "own"))
    make_checked(reserved, _report(reserved, leads=False))  # type: ignore[arg-type] # of either method
    make_checked(live, _report(live, leads=True))  # type: ignore[arg-type]
    wrong = _claimed(account, f"{LONGEST}.{ZONE}", now)
    make_checked(wrong, _cut_off(wrong))  # type: ignore[arg-type]
    elsewhere = _claimed(account, f"elsewhere.{ZONE}", now)
    make_checked(elsewhere, _report(elsewhere, leads=True))  # type: ignore[arg-type]
    changing = make_domain(account, f"changing.{ZONE}", DomainState.VERIFIED, next_method=Method.RECORDS)
    make_zone(changing)
    changing.verified_at = changing.state_changed_at = changing.last_checked_at = now
    changing.verdict = "VERIFIED"
    _registered(changing, now)
    METHODS[Method.RECORDS].prepare(changing, now)
    changing.next_report = _report(changing, leads=False).to_data()
    return {
        "records-reserved": reserved.id,
        "records-live": live.id,
        "records-wrong": wrong.id,
        "elsewhere": elsewhere.id,
        "changing": changing.id,
    }


def _claimed(account: Account, name: str, now: datetime) -> LLMClientCustomDomain:
    domain = make_domain(account, name, method=Method.RECORDS)
    METHODS[Method.RECORDS].prepare(domain, now)
    _registered(domain, now)
    return domain


def _registered(domain: LLMClientCustomDomain, now: datetime) -> None:
    domain.created_at = now - timedelta(hours=1)
    event = note(
        domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}), SYSTEM
    )
    event.created_at = domain.created_at


def _report(domain: LLMClientCustomDomain, *, leads: bool) -> RecordsReport:
    """The token is there, and at the name our target or the address of an old site."""
    expected = METHODS[Method.RECORDS].expectations([domain])[domain.id]
    assert isinstance(expected, RecordsExpectation)
    site = tuple(host(server, addresses=frozenset({"203.0.113.7"})) for server in SERVERS)
    at_name = seen((expected.token,), (expected.target,)) if leads else seen((expected.token,), hosts=site)
    return judge(expected, at_name, utcnow())


def _cut_off(domain: LLMClientCustomDomain) -> RecordsReport:
    """A part of the token is there, and the name leads to another one that is as long."""
    expected = METHODS[Method.RECORDS].expectations([domain])[domain.id]
    assert isinstance(expected, RecordsExpectation)
    return judge(expected, seen((expected.token[:-4],), (f"{LONGEST}.{LONGEST}.other.example",)), utcnow())
