"""Whole checks in memory: zones as people set them up, and the verdict, the reason and the stage of each."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.dns.records_method.cases import (
    EDGE,
    HOST,
    LABEL,
    NOW,
    OTHER_TARGET,
    OTHER_TOKEN,
    SERVERS,
    TARGET,
    TOKEN,
    ZONE,
    check,
    expectation,
    quoted,
    world,
)
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.dns.answers import Outcome
from webapp.dns.batch_cache import BatchCache
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.limits import Limits
from webapp.dns.records_method import Stage, ValidationRecord, verify

V, S = Verdict, Stage
Change = Callable[[MemoryDns, MemoryZone], Any]
AT_APEX: dict[str, Any] = {"host": ZONE, "apex": True}
KNOWN = AT_APEX | {"edge_addresses": EDGE}
APEX_LABEL = f"_nameplate-challenge.{ZONE}"


@dataclass(frozen=True)
class World:
    """How the zone acme.com differs from one in which everything is right, and what follows."""

    what: str
    change: Change
    verdict: Verdict
    reason: str = ""
    stage: Stage = Stage.NOTHING
    token: str | None = TOKEN
    target: str | None = TARGET
    expected: dict[str, Any] = field(default_factory=dict)


def put(name: str, rdtype: str, *values: str) -> Change:
    return lambda _dns, zone: zone.put(name, rdtype, *values)


def several(*changes: Change) -> Change:
    def change(dns: MemoryDns, zone: MemoryZone) -> None:
        for one in changes:
            one(dns, zone)

    return change


def both(fault: Fault) -> Change:
    def change(dns: MemoryDns, _zone: MemoryZone) -> None:
        for server in SERVERS:
            dns.server(server).fault = fault

    return change


def copy(name: str, rdtype: str, *values: str) -> Change:
    """What the second server has, and the first has not."""
    return lambda dns, _zone: dns.copy_at(SERVERS[1], ZONE).put(name, rdtype, *values)


def other_zone(*records: tuple[str, str, str], fault: Fault | None = None) -> Change:
    def change(dns: MemoryDns, _zone: MemoryZone) -> None:
        other = dns.zone("other.net", "ns1.other.net")
        for name, rdtype, value in records:
            other.put(name, rdtype, value)
        dns.server("ns1.other.net").fault = fault

    return change


def chain(*names: str) -> Change:
    return several(*(put(name, "CNAME", target) for name, target in itertools.pairwise(names)))


def apex(*addresses: str) -> Change:
    four, six = ([one for one in addresses if (":" in one) is is_six] for is_six in (False, True))
    return several(put(APEX_LABEL, "TXT", quoted(TOKEN)), put(ZONE, "A", *four), put(ZONE, "AAAA", *six))


def cut(*records: tuple[str, str, str], at: str = HOST) -> Change:
    def change(dns: MemoryDns, _zone: MemoryZone) -> None:
        zone = dns.zone(at, "ns1.other.net", "ns2.other.net")
        for name, rdtype, value in records:
            zone.put(name, rdtype, value)

    return change


def in_between(dns: MemoryDns, _zone: MemoryZone) -> None:
    """The edge leads its own name on to a load balancer."""
    edge = dns.server("ns1.edge.nameplate.net").zones["edge.nameplate.net"]
    for rdtype in ("A", "AAAA"):
        edge.put(TARGET, rdtype)
    edge.put(TARGET, "CNAME", "lb.example")


def bogus(dns: MemoryDns, _zone: MemoryZone) -> None:
    dns.recursive[0].bogus.add(ZONE)


def nothing(_dns: MemoryDns, _zone: MemoryZone) -> None:
    pass


WAY = [f"h{number}.{ZONE}" for number in range(20)]
WORLDS = [
    # Stages
    World("both records", nothing, V.VERIFIED, "", S.VERIFIED),
    World("the token alone", nothing, V.CNAME_MISSING, "", S.RESERVED, target=None),
    World("the target alone", nothing, V.TOKEN_MISSING, "", S.TARGET_ALONE, token=None),
    World("nothing", nothing, V.TOKEN_MISSING, token=None, target=None),
    World(
        "the site is elsewhere",
        other_zone(("site.other.net", "A", "192.0.2.7")),
        V.CNAME_WRONG,
        "",
        S.RESERVED,
        target="site.other.net",
    ),
    # The token
    World(
        "several strings in one record",
        put(LABEL, "TXT", f'"{TOKEN[:10]}" "{TOKEN[10:]}"'),
        V.VERIFIED,
        "",
        S.VERIFIED,
    ),
    World(
        "several records", put(LABEL, "TXT", quoted(OTHER_TOKEN), quoted(TOKEN)), V.VERIFIED, "", S.VERIFIED
    ),
    World("quotes and spaces", put(LABEL, "TXT", rf'" \"{TOKEN}\"  "'), V.VERIFIED, "", S.VERIFIED),
    World(
        "the token of another claim",
        nothing,
        V.TOKEN_MISMATCH,
        "other-claim",
        S.TARGET_ALONE,
        token=OTHER_TOKEN,
    ),
    World(
        "an old token",
        nothing,
        V.TOKEN_EXPIRED,
        "",
        S.TARGET_ALONE,
        token=OTHER_TOKEN,
        expected={"former_tokens": (OTHER_TOKEN,)},
    ),
    World("half of it", nothing, V.TOKEN_MISMATCH, "cut-off", S.TARGET_ALONE, token=TOKEN[:13]),
    World(
        "two halves in two records",
        put(LABEL, "TXT", quoted(TOKEN[:13]), quoted(TOKEN[13:])),
        V.TOKEN_MISMATCH,
        "cut-off",
        S.TARGET_ALONE,
    ),
    *(
        World(
            f"the token at {name}",
            put(name, "TXT", quoted(TOKEN)),
            V.TOKEN_MISPLACED,
            "",
            token=None,
            target=None,
        )
        for name in (
            HOST,
            ZONE,
            f"{LABEL}.{ZONE}",
            f"_nameplate-challenge.{ZONE}",
            f"nameplate-challenge.{HOST}",
            f"_nameplate_challenge.{HOST}",
            f"chat._nameplate-challenge.{ZONE}",
            f"chat.{LABEL}",
            f"_nameplate-challenge.chat.acme.{ZONE}",
        )
    ),
    World(
        "a wildcard with the token",
        put(f"*.{ZONE}", "TXT", quoted(TOKEN)),
        V.TOKEN_MISPLACED,
        "wildcard",
        token=None,
        target=None,
    ),
    World(
        "a wildcard with the token below the host",
        put(f"*.{HOST}", "TXT", quoted(TOKEN)),
        V.TOKEN_MISPLACED,
        "wildcard",
        S.TARGET_ALONE,
        token=None,
    ),
    World(
        "the token beside such a wildcard", put(f"*.{HOST}", "TXT", quoted(TOKEN)), V.VERIFIED, "", S.VERIFIED
    ),
    World(
        "a wildcard with other text",
        put(f"*.{HOST}", "TXT", quoted("v=spf1 -all")),
        V.TOKEN_MISSING,
        "",
        S.TARGET_ALONE,
        token=None,
    ),
    World(
        "a wildcard that leads everything away",
        put(f"*.{ZONE}", "CNAME", "shop.other.net"),
        V.TOKEN_MISSING,
        "wildcard-ends",
        token=None,
        target=None,
    ),
    World(
        "a site on addresses of a wildcard",
        put(f"*.{ZONE}", "A", "192.0.2.7"),
        V.TOKEN_MISSING,
        "wildcard-ends",
        token=None,
        target=None,
    ),
    World(
        "a CNAME record with the token",
        put(LABEL, "CNAME", f"{TOKEN}.{ZONE}"),
        V.RECORD_IN_THE_WAY,
        "wrong-type",
        S.TARGET_ALONE,
        token=None,
    ),
    World(
        "a CNAME record to where the token is",
        several(put(LABEL, "CNAME", "dcv.other.net"), other_zone(("dcv.other.net", "TXT", quoted(TOKEN)))),
        V.RECORD_IN_THE_WAY,
        "alias-there",
        S.TARGET_ALONE,
        token=None,
    ),
    World(
        "NS records at the label",
        cut((LABEL, "TXT", quoted(TOKEN)), at=LABEL),
        V.RECORD_IN_THE_WAY,
        "label-delegated",
        S.TARGET_ALONE,
        token=None,
    ),
    World(
        "a zone of its own at the label",
        lambda dns, _zone: dns.zone(LABEL, *SERVERS, delegate=False).put(LABEL, "TXT", quoted(TOKEN)),
        V.RECORD_IN_THE_WAY,
        "own-zone",
        S.TARGET_ALONE,
    ),
    World("parking", both(Fault.ANY_NAME), V.RECORD_IN_THE_WAY, "parked"),
    World("a DNAME record at the domain", put(ZONE, "DNAME", "old.example"), V.ALIAS_ABOVE),
    World("a DNAME record at the host", put(HOST, "DNAME", "old.example"), V.ALIAS_ABOVE, target=None),
    # Where the name leads
    World("a chain of 16", chain(HOST, *WAY[:15], TARGET), V.VERIFIED, "", S.VERIFIED),
    World("a chain of 17", chain(HOST, *WAY[:16], TARGET), V.CNAME_LOOP, "too-long", S.RESERVED),
    World("a circle", chain(HOST, *WAY[:2], HOST), V.CNAME_LOOP, "", S.RESERVED),
    World("the host itself", nothing, V.CNAME_LOOP, "", S.RESERVED, target=HOST),
    World(
        "the target in between",
        in_between,
        V.VERIFIED,
        "",
        S.VERIFIED,
    ),
    World(
        "a chain through another zone",
        other_zone(("cdn.other.net", "CNAME", TARGET)),
        V.VERIFIED,
        "",
        S.VERIFIED,
        target="cdn.other.net",
    ),
    World(
        "a circle through another zone",
        other_zone(("cdn.other.net", "CNAME", HOST)),
        V.CNAME_LOOP,
        "",
        S.RESERVED,
        target="cdn.other.net",
    ),
    World(
        "a chain through a zone that is silent",
        other_zone(("cdn.other.net", "CNAME", TARGET), fault=Fault.SILENT),
        V.PARENT_UNREACHABLE,
        "beyond-unheard",
        S.RESERVED,
        target="cdn.other.net",
    ),
    World(
        "a name that is not there", other_zone(), V.CNAME_WRONG, "nowhere", S.RESERVED, target="cdn.other.net"
    ),
    World(
        "a target with a slip",
        nothing,
        V.CNAME_MISTYPED,
        "near-miss",
        S.RESERVED,
        target=TARGET.replace("y2", "2y"),
    ),
    World(
        "the zone appended", nothing, V.CNAME_MISTYPED, "parent-suffix", S.RESERVED, target=f"{TARGET}.{ZONE}"
    ),
    World("another claim's target", nothing, V.CNAME_WRONG, "other-target", S.RESERVED, target=OTHER_TARGET),
    World("addresses", put(HOST, "A", "192.0.2.7"), V.CNAME_FLATTENED, "", S.RESERVED, target=None),
    World(
        "one IPv6 address", put(HOST, "AAAA", "2001:db8::7"), V.CNAME_FLATTENED, "", S.RESERVED, target=None
    ),
    World("flattened", put(HOST, "A", *EDGE[:2]), V.CNAME_FLATTENED, "flattened", S.RESERVED, target=None),
    World("proxied", put(HOST, "A", "104.18.2.3"), V.CNAME_FLATTENED, "proxied", S.RESERVED, target=None),
    World(
        "a wildcard to the target, which the token ends",
        put(f"*.{ZONE}", "CNAME", TARGET),
        V.CNAME_MISSING,
        "",
        S.RESERVED,
        target=None,
    ),
    World("a record beside such a wildcard", put(f"*.{ZONE}", "CNAME", TARGET), V.VERIFIED, "", S.VERIFIED),
    # An apex
    World(
        "all of the edge's addresses",
        apex(*EDGE),
        V.VERIFIED,
        "",
        S.VERIFIED,
        expected=KNOWN,
    ),
    World(
        "some of them",
        apex(EDGE[0]),
        V.CNAME_MISTYPED,
        "apex-some",
        S.RESERVED,
        expected=KNOWN,
    ),
    World(
        "others beside",
        apex(*EDGE, "192.0.2.7"),
        V.CNAME_MISTYPED,
        "apex-others",
        S.RESERVED,
        expected=KNOWN,
    ),
    World(
        "other addresses",
        apex("192.0.2.7"),
        V.CNAME_WRONG,
        "apex",
        S.RESERVED,
        expected=KNOWN,
    ),
    World("no address", apex(), V.CNAME_MISSING, "apex", S.RESERVED, expected=KNOWN),
    World("an ALIAS record", apex(EDGE[1]), V.VERIFIED, "", S.VERIFIED, expected=AT_APEX),
    World(
        "an ALIAS record to another", apex("192.0.2.7"), V.CNAME_WRONG, "apex", S.RESERVED, expected=AT_APEX
    ),
    # NS records at the host: another zone holds it
    World("NS records at the host", cut(), V.TOKEN_MISSING, token=None, target=None),
    World(
        "the records in that zone",
        cut((LABEL, "TXT", quoted(TOKEN)), (HOST, "A", EDGE[0])),
        V.VERIFIED,
        "",
        S.VERIFIED,
        token=None,
        target=None,
        expected={"edge_addresses": EDGE[:1]},
    ),
    World("the token above that zone", cut(), V.TOKEN_MISSING),
    # Who could not be asked
    *(
        World(f"both servers: {fault.name}", both(fault), V.PARENT_UNREACHABLE, reason, S.UNKNOWN)
        for fault, reason in (
            (Fault.SILENT, "parent-silent"),
            (Fault.UNREACHABLE, "parent-silent"),
            (Fault.REFUSED, "parent-silent"),
            (Fault.SERVFAIL, "parent-silent"),
            (Fault.NOT_AUTHORITATIVE, "parent-silent"),
            (Fault.AT_TIMES, "parent-silent"),
            (Fault.NO_TCP, "no-tcp"),
        )
    ),
    World("servers that differ about the token", copy(LABEL, "TXT"), V.PARENT_INCONSISTENT, "", S.UNKNOWN),
    World(
        "servers that differ about the host",
        copy(HOST, "CNAME", "x.net"),
        V.PARENT_INCONSISTENT,
        "",
        S.RESERVED,
    ),
    World(
        "a zone that is bogus",
        bogus,
        V.PARENT_UNREACHABLE,
        "parent-bogus",
        S.UNKNOWN,
    ),
]


@pytest.mark.parametrize("case", WORLDS, ids=lambda case: case.what)
def test_each_world_has_its_verdict(case: World) -> None:
    dns, zone = world(token=case.token, target=case.target)
    case.change(dns, zone)
    report = check(dns, **case.expected)
    assert (report.verdict, report.reason, report.stage) == (case.verdict, case.reason, case.stage)
    assert len(dns.questions) <= 60


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.REFUSED, Fault.SERVFAIL, Fault.UNREACHABLE])
def test_outcomes_are_kept_apart_in_the_evidence(fault: Fault) -> None:
    dns, _ = world()
    both(fault)(dns, dns.above(HOST))
    outcome = {Fault.SILENT: "TIMEOUT"}.get(fault, fault.name)
    assert outcome in check(dns).details


@pytest.mark.parametrize(("exists", "outcome"), [(True, Outcome.NODATA), (False, Outcome.NXDOMAIN)])
def test_nodata_and_nxdomain_are_the_same_to_the_judge_and_told_apart(exists: bool, outcome: Outcome) -> None:
    dns, acme = world(token=None)
    if exists:
        acme.put(f"x.{LABEL}", "A", "192.0.2.7")
    report = check(dns)
    assert report.verdict is V.TOKEN_MISSING
    asked = {one.outcome for one in report.asked if one.question == f"{LABEL} TXT" and one.role == "parent"}
    assert asked == {outcome.value}


def test_the_zone_of_the_name_is_asked_over_tcp_at_all_of_its_own_servers() -> None:
    report = check(world()[0])
    for question in (f"{LABEL} TXT", f"{HOST} A"):
        deciding = [one for one in report.asked if one.question == question and one.role == "parent"]
        assert {(one.server, one.transport, one.authoritative) for one in deciding} == {
            (server, "tcp", True) for server in SERVERS
        }


def test_a_host_below_its_domain_is_asked_of_no_resolver_before_its_zone_knows_it() -> None:
    """A resolver would keep for hours that there is nothing, and show that to visitors."""
    dns, _ = world(token=None, target=None, resolvers=2)
    check(dns)
    resolvers = {one.address for one in dns.recursive}
    assert {
        name for address, name, _ in dns.questions if address in resolvers and name.endswith(HOST)
    } == set()


def test_a_resolver_that_denies_the_token_blocks_a_new_proof_alone() -> None:
    dns, _ = world(resolvers=2)
    dns.recursive[1].says[LABEL, "TXT"] = world(token=None)[0]._recurse(LABEL, "TXT")
    report = check(dns)
    assert (report.verdict, report.reason, report.stage) == (
        V.PARENT_UNREACHABLE,
        "resolver-denies",
        S.UNKNOWN,
    )
    assert report.old_answers_until == NOW + timedelta(seconds=900)
    assert check(dns, proved=True).verified


def test_a_resolver_with_another_token_denies_as_well() -> None:
    """So does it see the true owner's zone, where somebody has forged the way to it for the others."""
    dns, _ = world(resolvers=2)
    dns.recursive[1].says[LABEL, "TXT"] = world(token=OTHER_TOKEN)[0]._recurse(LABEL, "TXT")
    assert check(dns).reason == "resolver-denies"


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SERVFAIL, Fault.REFUSED])
def test_a_resolver_that_cannot_be_asked_denies_nothing(fault: Fault) -> None:
    dns, _ = world(resolvers=2)
    dns.recursive[1].fault = fault
    assert check(dns).verified


def test_forged_addresses_of_the_zones_servers_prove_nothing() -> None:
    dns, acme = world(token=None, resolvers=2)
    liar = dns.server("liar.example", "45.76.99.1")
    liar.zones[ZONE] = acme.copy()
    liar.zones[ZONE].put(LABEL, "TXT", quoted(TOKEN))
    for server in SERVERS:
        dns.server(server).published = {}
        forged = dns._recurse("liar.example", "A")
        dns.recursive[0].says[server, "A"] = forged
    assert not check(dns).proved


def test_one_server_decides_after_an_hour_beside_a_dead_one() -> None:
    dns, _ = world()
    dns.server(SERVERS[1]).fault = Fault.SILENT
    history, verdicts = None, []
    for minutes in (0, 30, 60):
        now = NOW + timedelta(minutes=minutes)
        report = asyncio.run(verify(expectation(history=history), dns, now))
        history = report.history
        verdicts.append(report.verdict)
    assert verdicts == [V.PARENT_UNREACHABLE, V.PARENT_UNREACHABLE, V.VERIFIED]


def test_a_token_that_was_there_is_told_to_be_gone() -> None:
    dns, acme = world(target=None)
    first = check(dns)
    acme.put(LABEL, "TXT")
    second = check(dns, history=first.history)
    assert (first.stage, second.verdict, second.reason) == (S.RESERVED, V.TOKEN_MISSING, "gone")


def test_at_the_deadline_what_was_learnt_is_judged_and_nothing_is_proved() -> None:
    dns, _ = world(limits=Limits(seconds=0.3))
    for server in SERVERS:
        dns.server(server).reshape = lambda _name, _rdtype, response: response
    dns.recursive[0].fault = Fault.HANGS
    report = check(dns)
    assert (report.transient, report.stage) == (True, S.UNKNOWN)


def test_checks_of_a_batch_share_what_finds_servers_and_nothing_that_decides() -> None:
    dns, acme = world()
    cache = BatchCache()
    assert asyncio.run(verify(expectation(), dns, NOW, cache)).verified
    asked = len(dns.questions)
    acme.put(LABEL, "TXT")
    report = asyncio.run(verify(expectation(proved=True), dns, NOW, cache))
    assert report.verdict is V.TOKEN_MISSING
    assert any(one.note for one in report.asked)
    assert asked


@pytest.mark.parametrize(
    ("name", "reason"),
    [("_a1.chat.acme.com", None), ("_a1.chat.acme.com.acme.com", "appended"), ("x.acme.com", "")],
)
def test_the_certificates_record_blocks_nothing(name: str, reason: str | None) -> None:
    dns, acme = world()
    acme.put(name, "CNAME", "_b2.acm-validations.aws")
    report = check(dns, validation=ValidationRecord("_a1.chat.acme.com", "_b2.acm-validations.aws"))
    assert report.verified
    assert [hint.finding.reason for hint in report.hints] == ([] if reason is None else [reason])


@pytest.mark.parametrize("resolvers", [1, 3])
@pytest.mark.parametrize("servers", [4, 8, 13, 20])
def test_a_zone_with_many_servers_is_verified_within_the_questions_of_a_check(
    servers: int, resolvers: int
) -> None:
    dns, _ = world(resolvers=resolvers)
    zone = dns.zone(ZONE, *(f"ns{number}.{ZONE}" for number in range(servers)))
    zone.put(LABEL, "TXT", quoted(TOKEN))
    assert check(dns).stage is S.RESERVED
    zone.put(HOST, "CNAME", TARGET)
    report = check(dns)
    assert report.verified
    assert len([one for one in report.asked if one.dig]) <= dns.limits.queries


def test_long_chains_at_many_servers_leave_the_questions_that_prove_the_token() -> None:
    dns, _ = world(resolvers=3)
    zone = dns.zone(ZONE, *(f"ns{number}.{ZONE}" for number in range(4)))
    zone.put(LABEL, "TXT", quoted(TOKEN))
    chain(HOST, *WAY[:15], TARGET)(dns, zone)
    report = check(dns)
    assert report.proved
    assert report.verdict in {V.VERIFIED, V.PARENT_UNREACHABLE}


def test_a_server_that_does_not_tell_of_the_host_is_made_up_for_by_another() -> None:
    dns, _ = world()
    names = [f"ns{number}.{ZONE}" for number in range(6)]
    zone = dns.zone(ZONE, *names)
    zone.put(LABEL, "TXT", quoted(TOKEN))
    zone.put(HOST, "CNAME", TARGET)

    def refuses_addresses(_name: str, rdtype: str, response: Any) -> Any:
        return type(response)("REFUSED") if rdtype == "A" else response

    for name in names[:4]:
        dns.server(name).reshape = refuses_addresses
    assert check(dns).verified
    dns.server(names[4]).reshape = refuses_addresses
    assert check(dns).stage is S.RESERVED


def test_a_cname_record_above_the_host_redirects_nothing_below_it() -> None:
    dns, acme = world()
    host = f"chat.b.{ZONE}"
    acme.put(f"b.{ZONE}", "CNAME", "cdn.other.net")
    acme.put(f"_nameplate-challenge.{host}", "TXT", quoted(TOKEN))
    acme.put(host, "CNAME", TARGET)
    assert check(dns, host=host).verified
