from __future__ import annotations

import asyncio

import pytest

from tests.dns.records_method.cases import (
    HOST,
    LABEL,
    SERVERS,
    TARGET,
    TOKEN,
    ZONE,
    expectation,
    quoted,
    world,
)
from tests.twins.dns import Fault, MemoryDns
from webapp.dns.answers import Outcome
from webapp.dns.limits import Limits
from webapp.dns.lookup.observation import ParentAnswer
from webapp.dns.records_method import ValidationRecord
from webapp.dns.records_method.lookup.observation import ValidationAnswer
from webapp.dns.records_method.lookup.places import Given, ask_validation, token_elsewhere, wildcard_over
from webapp.dns.servers.inquiry import Inquiry

THE_TOKEN = Given(LABEL, ("TXT",), frozenset({quoted(TOKEN)}))
THE_TARGET = Given(HOST, ("A",), frozenset({TARGET}))


def speakers(dns: MemoryDns) -> list[ParentAnswer]:
    return [ParentAnswer(server, dns.server(server).address, Outcome.NODATA) for server in SERVERS]


def wildcard(dns: MemoryDns, given: Given, needed: int = 2) -> str | None:
    return asyncio.run(wildcard_over(Inquiry(dns), speakers(dns), given, ZONE, needed))


def test_a_record_of_its_own_is_from_no_wildcard() -> None:
    dns, _ = world()
    assert (wildcard(dns, THE_TOKEN), wildcard(dns, THE_TARGET)) == ("", "")


@pytest.mark.parametrize("owner", [f"*.{ZONE}", f"*.{HOST}"])
def test_the_wildcard_that_gives_the_token_is_named(owner: str) -> None:
    dns, acme = world(token=None, target=None)
    acme.put(owner, "TXT", quoted(TOKEN))
    assert wildcard(dns, THE_TOKEN) == owner


def test_the_wildcard_that_leads_the_host_is_named() -> None:
    dns, acme = world(token=None, target=None)
    acme.put(f"*.{ZONE}", "CNAME", TARGET)
    assert wildcard(dns, THE_TARGET) == f"*.{ZONE}"


@pytest.mark.parametrize("owner", [f"*.{ZONE}", f"*.{HOST}"])
def test_a_record_beside_a_wildcard_with_the_same_value_is_its_own(owner: str) -> None:
    dns, acme = world()
    acme.put(owner, "CNAME", TARGET)
    assert wildcard(dns, THE_TARGET) == ""


def test_where_names_below_and_beside_have_the_same_nobody_can_tell() -> None:
    dns, acme = world()
    for owner in (f"*.{ZONE}", f"*.{HOST}"):
        acme.put(owner, "CNAME", TARGET)
    assert wildcard(dns, THE_TARGET) == f"*.{ZONE}"


def test_a_wildcard_with_another_value_is_none() -> None:
    dns, acme = world(token=None)
    acme.put(f"*.{ZONE}", "TXT", quoted("v=spf1 -all"))
    assert wildcard(dns, THE_TOKEN) == ""


def test_silence_is_no_evidence_that_there_is_no_wildcard() -> None:
    dns, _ = world()
    dns.server(SERVERS[1]).fault = Fault.SERVFAIL
    assert wildcard(dns, THE_TOKEN) is None
    assert wildcard(dns, THE_TOKEN, needed=1) == ""
    dns, acme = world(token=None, limits=Limits(queries=1))
    acme.put(f"*.{ZONE}", "TXT", quoted(TOKEN))
    assert wildcard(dns, THE_TOKEN) is None


def test_one_server_that_has_the_wildcard_is_enough() -> None:
    dns, _ = world(token=None)
    dns.copy_at(SERVERS[1], ZONE).put(f"*.{HOST}", "TXT", quoted(TOKEN))
    assert wildcard(dns, THE_TOKEN) == f"*.{HOST}"


def elsewhere(dns: MemoryDns, zone: str = ZONE, host: str = HOST) -> tuple[str, ...]:
    return asyncio.run(token_elsewhere(Inquiry(dns), speakers(dns)[0], expectation(host=host), zone))


@pytest.mark.parametrize(
    "name",
    [
        HOST,
        ZONE,
        f"{LABEL}.{ZONE}",
        f"_nameplate-challenge.{ZONE}",
        f"_nameplate-challenge.chat.acme.{ZONE}",
        f"nameplate-challenge.{HOST}",
        f"_nameplate_challenge.{HOST}",
        f"__nameplate-challenge.{HOST}",
        f"chat._nameplate-challenge.{ZONE}",
        f"chat.{LABEL}",
    ],
)
def test_the_token_is_found_where_forms_put_it(name: str) -> None:
    dns, acme = world(token=None, target=None)
    assert elsewhere(dns) == ()
    acme.put(name, "TXT", quoted("v=spf1 -all"), quoted(TOKEN))
    assert elsewhere(dns) == (name,)


def test_a_wildcard_with_it_is_named_alone() -> None:
    dns, acme = world(token=None, target=None)
    acme.put(f"*.{ZONE}", "TXT", quoted(TOKEN))
    acme.put(ZONE, "TXT", quoted(TOKEN))
    assert elsewhere(dns) == (f"*.{HOST}",) or elsewhere(dns) == (f"*.{ZONE}",)


@pytest.mark.parametrize("name", [ZONE, f"_nameplate-challenge.{ZONE}.{ZONE}", f"nameplate-challenge.{ZONE}"])
def test_at_an_apex(name: str) -> None:
    dns, acme = world(token=None)
    acme.put(name, "TXT", quoted(TOKEN))
    assert elsewhere(dns, host=ZONE) == (name,)


RECORD = ValidationRecord("_a1.chat.acme.com", "_b2.acm-validations.aws")


def validation(dns: MemoryDns, record: ValidationRecord = RECORD) -> ValidationAnswer | None:
    return asyncio.run(ask_validation(Inquiry(dns), speakers(dns)[0], record, ZONE))


def test_the_certificates_record() -> None:
    dns, acme = world()
    assert validation(dns) == ValidationAnswer(told=True)
    acme.put(f"{RECORD.name}.{ZONE}", "CNAME", RECORD.value)
    assert validation(dns) == ValidationAnswer(told=True, appended=True)
    acme.put(RECORD.name, "CNAME", "x.example")
    assert validation(dns) == ValidationAnswer(told=True, value="x.example")
    dns.server(SERVERS[0]).fault = Fault.REFUSED
    assert validation(dns) == ValidationAnswer(told=False)
    assert validation(dns, ValidationRecord("_a1.other.net", RECORD.value)) is None
