"""What the doctor finds about the edge's zone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import make_account, make_domain
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone
from tests.twins.edge_zone import MemoryEdgeZone
from webapp.commands.doctor import probes
from webapp.dns.updates import UpdateRefusedError, UpdateRetryError
from webapp.extensions import db, settings
from webapp.health.doctor.diagnosis import Diagnosis, Health
from webapp.models import Method, utcnow
from webapp.proofs.records import intent, publication
from webapp.proofs.records.queries import published_target

DOMAIN = "edge.nameplate.net"
ADDRESSES = ("45.76.10.1", "2a05:f480::1")


class ServedEdgeZone(MemoryEdgeZone):
    """What is put in by updates is what resolvers find."""

    def __init__(self, zone: MemoryZone) -> None:
        super().__init__()
        self.zone = zone

    def publish(self, name: str, values: object) -> None:
        super().publish(name, values)  # type: ignore[arg-type]
        lead(self.zone, name, *self.names[name])

    def withdraw(self, name: str) -> None:
        super().withdraw(name)
        lead(self.zone, name)


def lead(zone: MemoryZone, name: str, *values: str) -> None:
    zone.put(name, "A", *(one for one in values if "." in one and one[0].isdigit()))
    zone.put(name, "AAAA", *(one for one in values if ":" in one))


@pytest.fixture
def dns(app: Flask) -> MemoryDns:
    found = app.extensions["dns"]
    assert isinstance(found, MemoryDns)
    return found


@pytest.fixture
def zone(app: Flask, dns: MemoryDns) -> MemoryZone:
    zone = dns.zone(DOMAIN, f"ns1.{DOMAIN}", f"ns2.{DOMAIN}")
    served = ServedEdgeZone(zone)
    app.extensions["edge_zone"] = lambda _domain: served
    return zone


@pytest.fixture
def wildcard(app: Flask, zone: MemoryZone) -> MemoryZone:
    """No server takes updates; a wildcard leads to the edge."""
    app.extensions["edge_zone"] = lambda _domain: None
    lead(zone, f"*.{DOMAIN}", *ADDRESSES)
    return zone


def served(app: Flask) -> ServedEdgeZone:
    found = app.extensions["edge_zone"](DOMAIN)
    assert isinstance(found, ServedEdgeZone)
    return found


def diagnosis() -> Diagnosis:
    return probes()["edge zone"]()


def publish(app: Flask) -> str:
    proof = intent.want_proof(make_domain(make_account(), method=Method.RECORDS), utcnow())
    step = publication.claim(proof.id, utcnow())
    assert step is not None
    publication.record(step, publication.advance(step, served(app)), utcnow())  # type: ignore[arg-type]
    db.session.commit()
    assert published_target() == proof.target
    return proof.target


def test_a_zone_that_takes_updates_is_well_and_left_as_it_was(app: Flask, zone: MemoryZone) -> None:
    found = diagnosis()
    assert (found.health, found.sentence) == (
        Health.OK,
        "edge.nameplate.net takes our updates; no target is published yet.",
    )
    assert served(app).names == {}
    assert [kind for kind, _ in served(app).updates] == ["publish", "withdraw"]
    publish(app)
    assert diagnosis().sentence == "edge.nameplate.net takes our updates, and targets lead to the edge."
    assert zone.answer(f"nobody.{DOMAIN}", "A").rcode == "NXDOMAIN"


def refused(app: Flask, _zone: MemoryZone) -> None:
    served(app).fault = UpdateRefusedError(
        "127.0.0.1:53 answered an update of edge.nameplate.net with REFUSED."
    )


def silent(app: Flask, _zone: MemoryZone) -> None:
    served(app).fault = UpdateRetryError("No server of edge.nameplate.net that takes updates answers.")


def with_wildcard(_app: Flask, zone: MemoryZone) -> None:
    lead(zone, f"*.{DOMAIN}", *ADDRESSES)


def lost(app: Flask, zone: MemoryZone) -> None:
    lead(zone, publish(app))


def lagging(app: Flask, zone: MemoryZone) -> None:
    lead(zone, publish(app), "45.76.10.7")


def in_part(app: Flask, zone: MemoryZone) -> None:
    lead(zone, publish(app), ADDRESSES[0])


def edge_without_address(app: Flask, _zone: MemoryZone) -> None:
    app.extensions["settings"] = settings().model_copy(update={"edge_target": []})


def no_zone(app: Flask, _zone: MemoryZone) -> None:
    dns = app.extensions["dns"] = MemoryDns()
    dns.zone("nameplate.net", "ns1.nameplate.net")


@pytest.mark.parametrize(
    ("change", "sentence", "advice"),
    [
        (refused, "with REFUSED", "EDGE_UPDATE_KEY"),
        (silent, "takes updates answers", "EDGE_UPDATE_SERVERS"),
        (with_wildcard, "has a wildcard", r"Delete \*\.edge\.nameplate\.net\."),
        (lost, "leads to nowhere, not to EDGE_TARGET", "worker"),
        (lagging, r"leads to 45\.76\.10\.7, not to EDGE_TARGET", "worker"),
        (in_part, r"leads to 45\.76\.10\.1, not to EDGE_TARGET", "worker"),
        (edge_without_address, "EDGE_TARGET is empty", "Set EDGE_TARGET"),
        (no_zone, "is no zone, or nobody delegates to it", "docs/edge-zone.md"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_wrong_with_it(
    app: Flask, zone: MemoryZone, change: Callable[[Flask, MemoryZone], None], sentence: str, advice: str
) -> None:
    change(app, zone)
    found = diagnosis()
    assert found.health is Health.WRONG
    assert re.search(sentence, found.sentence), found.sentence
    assert re.search(advice, found.advice), found.advice


def test_every_resolver_is_asked(app: Flask) -> None:
    dns = app.extensions["dns"] = MemoryDns(resolvers=2)
    zone = dns.zone(DOMAIN, f"ns1.{DOMAIN}")
    app.extensions["edge_zone"] = lambda _domain: None
    lead(zone, f"*.{DOMAIN}", *ADDRESSES)
    assert diagnosis().health is Health.OK
    dns.recursive[1].fault = Fault.SILENT
    found = diagnosis()
    assert found.health is Health.UNKNOWN
    assert dns.recursive[1].address in found.sentence


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SERVFAIL, Fault.REFUSED])
def test_what_cannot_be_asked_is_unknown(dns: MemoryDns, zone: MemoryZone, fault: Fault) -> None:
    del zone
    for server in (f"ns1.{DOMAIN}", f"ns2.{DOMAIN}"):
        dns.server(server).fault = fault
    assert diagnosis().health is Health.UNKNOWN


def test_a_wildcard_is_well_where_no_server_takes_updates(wildcard: MemoryZone) -> None:
    found = diagnosis()
    assert found.health is Health.OK
    assert "Removed targets go on answering" in found.sentence
    lead(wildcard, f"*.{DOMAIN}")
    found = diagnosis()
    assert (found.health, "leads to nowhere" in found.sentence) == (Health.WRONG, True)
    assert "EDGE_UPDATE_SERVERS" in found.advice


@pytest.mark.parametrize(
    ("found", "health"), [("45.76.10.8", Health.OK), ("45.76.10.9", Health.WRONG)], ids=["its own", "others"]
)
def test_an_alias_is_led_to_by_any_of_its_addresses(
    app: Flask, dns: MemoryDns, wildcard: MemoryZone, found: str, health: Health
) -> None:
    alias = "alias:Z35SXDOTRQ7X7K/edge-1234.elb.amazonaws.com"
    app.extensions["settings"] = settings().model_copy(update={"edge_target": [alias]})
    amazon = dns.zone("elb.amazonaws.com", "ns1.elb.amazonaws.com")
    lead(amazon, "edge-1234.elb.amazonaws.com", "45.76.10.8", "45.76.10.7")
    lead(wildcard, f"*.{DOMAIN}", found)
    assert diagnosis().health is health


def test_it_is_looked_at_only_where_records_are_offered(app: Flask) -> None:
    app.extensions["settings"] = settings().model_copy(update={"methods": ["delegation"]})
    assert "edge zone" not in probes()
