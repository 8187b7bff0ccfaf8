"""Domains of the gallery that are proved by records in their own zone, or change to that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from tests.dns.records_method.cases import SERVERS, absent, host, seen
from tests.factories import make_checked, make_domain, make_llm_client, make_zone
from webapp.audit.log import SYSTEM, note
from webapp.dns.answers import Outcome
from webapp.dns.lookup.observation import Alias, Says
from webapp.dns.records_method import RecordsExpectation, RecordsObservation, RecordsReport, judge
from webapp.dns.records_method.lookup.observation import ValidationAnswer
from webapp.dns.servers.evidence import Asked
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    CertificateState,
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
#: Name servers by which a provider is recognised.
CLOUDFLARE = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
NAMECHEAP = ("dns1.registrar-servers.com", "dns2.registrar-servers.com")

Look = Callable[[RecordsExpectation], RecordsObservation]


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
    told = {f"records-{name}": _told(account, name, *how) for name, how in _SET_UPS.items()}
    unchecked = _claimed(account, f"new.{ZONE}", now)
    changing = make_domain(account, f"changing.{ZONE}", DomainState.VERIFIED, next_method=Method.RECORDS)
    make_zone(changing)
    changing.verified_at = changing.state_changed_at = changing.last_checked_at = now
    changing.verdict = "VERIFIED"
    _registered(changing, now)
    METHODS[Method.RECORDS].prepare(changing, now)
    changing.next_report = _report(changing, leads=False).to_data()
    return {
        **told,
        "records-new": unchecked.id,
        "records-certificate": _without_its_certificates_record(account, now).id,
        "changing-half": _half_way(account, now).id,
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


def _missing(_expected: RecordsExpectation) -> RecordsObservation:
    return seen((), ())


def _mistyped(expected: RecordsExpectation) -> RecordsObservation:
    """The form was given the target without its final dot."""
    return seen((expected.token,), (f"{expected.target}.{ZONE}",))


def _shop(expected: RecordsExpectation) -> RecordsObservation:
    return seen((expected.token,), ("shops.myshop.example",))


def _proxied(expected: RecordsExpectation) -> RecordsObservation:
    site = tuple(host(server, addresses=frozenset({"104.18.2.3", "104.18.3.3"})) for server in SERVERS)
    return seen((expected.token,), hosts=site)


def _old_site(expected: RecordsExpectation) -> RecordsObservation:
    """The addresses of the web site that a whole domain has today."""
    site = tuple(host(server, addresses=frozenset({"203.0.113.7"})) for server in SERVERS)
    return seen((expected.token,), hosts=site, zone={"parent_zone": expected.host})


def _alias_at_the_label(expected: RecordsExpectation) -> RecordsObservation:
    alias = Alias(expected.label_name, "CNAME", "dcv.other.example")
    said = [replace(absent(one), says=Says.ALIAS, outcome=Outcome.NOERROR, alias=alias) for one in SERVERS]
    return seen((), (), zone={"parent_answers": tuple(said)})


#: The name, what a check sees, and the name servers of the zone.
_SET_UPS: dict[str, tuple[str, Look, tuple[str, ...]]] = {
    "missing": (f"missing.{ZONE}", _missing, ()),
    "mistyped": (f"mistyped.{ZONE}", _mistyped, NAMECHEAP),
    "shop": (f"shop.{ZONE}", _shop, ()),
    "proxied": (f"proxied.{ZONE}", _proxied, CLOUDFLARE),
    "whole": ("whole-acme.com", _old_site, ()),
    "conflict": (f"conflict.{ZONE}", _alias_at_the_label, NAMECHEAP),
}


def _told(account: Account, _name: str, domain_name: str, look: Look, servers: tuple[str, ...]) -> int:
    domain = _claimed(account, domain_name, utcnow())
    make_checked(domain, _judged(domain, look, servers))  # type: ignore[arg-type] # of either method
    return domain.id


def _judged(domain: LLMClientCustomDomain, look: Look, servers: tuple[str, ...]) -> RecordsReport:
    expected = METHODS[Method.RECORDS].expectations([domain])[domain.id]
    assert isinstance(expected, RecordsExpectation)
    report = judge(expected, look(expected), utcnow())
    return replace(report, asked=tuple(_question(server, expected) for server in servers))


def _question(server: str, expected: RecordsExpectation) -> Asked:
    name, dig = expected.label_name, f"dig @{server} {expected.label_name} TXT +norecurse"
    return Asked(server, "198.51.100.53", f"{name} TXT", "udp", "NOERROR", True, (), 300, 12, "parent", dig)


def _without_its_certificates_record(account: Account, now: datetime) -> LLMClientCustomDomain:
    """Verified, with an LLM client, and Amazon waits for a third record."""
    domain = _claimed(account, f"secure.{ZONE}", now)
    make_checked(domain, _report(domain, leads=True))  # type: ignore[arg-type] # of either method
    certificate = domain.certificates[0]
    certificate.state = CertificateState.REQUESTED
    certificate.validation_name = f"_3c1d5a7e9b2f4a68.{domain.domain_name}"
    certificate.validation_value = "_8f2b6d4c1e9a7350.jkddzztszm.acm-validations.aws"
    record = {"record": certificate.validation_name, "value": certificate.validation_value}
    certificate.problem = Message(Problem.RECORD_MISSING, {"name": domain.domain_name, **record})
    make_llm_client(account, "Front desk", deployed=True, custom_domain=domain)

    def look(expected: RecordsExpectation) -> RecordsObservation:
        return seen((expected.token,), (expected.target,), validation=ValidationAnswer(told=True))

    make_checked(domain, _judged(domain, look, CLOUDFLARE))  # type: ignore[arg-type] # of either method
    return domain


def _half_way(account: Account, now: datetime) -> LLMClientCustomDomain:
    """A delegated name that changes, whose NS records are gone, and whose TXT record is there."""
    domain = make_domain(account, f"half.{ZONE}", DomainState.VERIFIED, next_method=Method.RECORDS)
    make_zone(domain)
    domain.verified_at = domain.state_changed_at = domain.last_checked_at = now
    domain.verdict = "VERIFIED"
    _registered(domain, now)
    METHODS[Method.RECORDS].prepare(domain, now)
    look = _judged(domain, lambda expected: seen((expected.token,), ()), CLOUDFLARE)
    domain.next_report = look.to_data()
    return domain
