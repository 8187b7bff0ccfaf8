"""Set-ups, one at least for each reason of each verdict, and what the sentences about them have to name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from tests.dns.delegation.cases import (
    HOST,
    NOW,
    OTHERS,
    OURS,
    PARENTS,
    delegates,
    expectation,
    fails,
    healthy,
    knows_nothing,
    listing,
    nothing_there,
    serving,
)
from tests.dns.judgement.table import A_RECORD, DISPUTE, TXT_RECORD, owned, put_off, redirected, with_ds
from webapp.dns.answers import Outcome
from webapp.dns.delegation import DelegationReport, Expectation, Observation, Verdict, judge
from webapp.dns.lookup.observation import Alias, NameServerSet, ResolverAnswer, Trouble
from webapp.dns.records import RecordSet
from webapp.dns.servers.evidence import Delegation

FOUR = ("our four",)
EXPECTED = expectation()
SUFFIXED = f"{OURS[0]}.acme.com"


@dataclass(frozen=True)
class Case:
    """A set-up, and what the first sentence and the next step have to name."""

    verdict: Verdict
    reason: str
    observation: Observation
    first: tuple[str, ...]
    step: tuple[str, ...] = ()
    expected: Expectation = EXPECTED
    checks: int = 1

    def report(self, **changes: Any) -> DelegationReport:
        history = None
        for number in range(self.checks):
            now = NOW + timedelta(hours=number)
            about = replace(self.expected, history=history, **changes)
            report = judge(about, self.observation, now)
            history = report.history
        return report


def many(count: int) -> list[str]:
    return [f"ns{number}.other.net" for number in range(count)]


def in_the_way(*types: str) -> Observation:
    return nothing_there(in_the_way=tuple(RecordSet(HOST, rdtype, 300, ("value",)) for rdtype in types))


def _dead(count: int, answered: int = 0) -> Observation:
    heard = tuple(delegates(PARENTS[0]) for _ in range(answered))
    return healthy(parent_answers=(*heard, *(fails(f"ns{number}.dead.com") for number in range(count))))


def _said(outcome: Outcome, **changes: Any) -> Observation:
    return healthy(resolvers=(ResolverAnswer("192.0.2.53:53", outcome, **changes),))


def led(to: Sequence[str], **changes: Any) -> Observation:
    """What is seen while the registry delegates acme.com to these name servers."""
    delegations = (Delegation("acme.com", "com", frozenset(to)),)
    return healthy(**{"parent_answers": (), "delegations": delegations} | changes)


COPIES = healthy(
    parent_answers=(*map(delegates, PARENTS), knows_nothing("q1.provider.net")),
    parent_set=NameServerSet.DIFFERENT,
    parent_named_above=frozenset(PARENTS),
)
V = Verdict
HERE = ("“chat”", "acme.com")
CASES = [
    Case(V.ZONE_PENDING, "", nothing_there(), (HOST,), expected=expectation(zone_in_sync=False)),
    Case(V.PARENT_UNREACHABLE, "unfinished", Observation(parent_zone="acme.com", complete=False), (HOST,)),
    Case(
        V.PARENT_UNREACHABLE,
        "resolver-silent",
        healthy(parent_answers=(), trouble=Trouble.RESOLVER_SILENT),
        (),
    ),
    Case(
        V.PARENT_UNREACHABLE, "parent-bogus", healthy(trouble=Trouble.PARENT_BOGUS), ("DS record", "acme.com")
    ),
    Case(
        V.PARENT_UNREACHABLE, "no-tcp", replace(_dead(2), trouble=Trouble.NO_TCP), ("acme.com",), ("port 53",)
    ),
    Case(V.PARENT_UNREACHABLE, "parent-silent", _dead(2), ("acme.com",)),
    Case(V.PARENT_UNREACHABLE, "parent-silent", _dead(3, 1), ("acme.com",)),
    Case(V.PARENT_UNREACHABLE, "unheard-for-long", _dead(1, 1), ("ns0.dead.com", "acme.com"), checks=3),
    Case(V.PARENT_UNREACHABLE, "unheard-for-long", _dead(2, 1), ("ns0.dead.com", "ns1.dead.com"), checks=3),
    Case(V.PARENT_UNREACHABLE, "unheard-for-long", _dead(5, 1), ("4 more", "acme.com"), checks=3),
    Case(
        V.PARENT_UNREACHABLE, "unheard-for-long", _dead(2), ("Repair acme.com",), ("ns1.dead.com",), checks=3
    ),
    Case(
        V.PARENT_UNREACHABLE,
        "unheard-for-long",
        healthy(parent_set=NameServerSet.DENIED),
        ("acme.com", "renewed"),
        checks=3,
    ),
    Case(V.PARENT_UNREACHABLE, "parent-moving", healthy(parent_set=NameServerSet.DENIED), ("acme.com",)),
    Case(
        V.PARENT_UNREACHABLE,
        "parent-moving",
        healthy(parent_set=NameServerSet.DIFFERENT, parent_named_above=frozenset(OTHERS)),
        ("acme.com",),
    ),
    Case(
        V.PARENT_UNREACHABLE,
        "addresses-differ",
        healthy(
            parent_disputed=True,
            disputes=tuple(replace(DISPUTE, name=f"ns{number}.acme.com") for number in range(5)),
        ),
        ("ns0.acme.com",),
    ),
    Case(V.PARENT_UNREACHABLE, "put-off", nothing_there(asked=(put_off(PARENTS[0]),)), (PARENTS[0], HOST)),
    Case(V.PARENT_UNREACHABLE, "resolver-denies", _said(Outcome.NXDOMAIN, denies=True), (HOST,)),
    Case(V.PARENT_UNREACHABLE, "resolver-unsettled", _said(Outcome.NODATA, unsettled=True), (HOST,)),
    Case(
        V.ALIAS_ABOVE,
        "",
        nothing_there(aliases_above=(Alias("b.acme.com", "CNAME", "cdn.example"),)),
        ("CNAME", "“b”", "acme.com"),
        ("Delete the CNAME record named “b”", "add our four", "“chat.b”"),
        expectation(host="chat.b.acme.com"),
    ),
    Case(
        V.ALIAS_ABOVE, "", redirected(Alias("acme.com", "DNAME", "old.example")), ("DNAME", "“@”", "acme.com")
    ),
    Case(
        V.PARENT_INCONSISTENT,
        "",
        healthy(parent_answers=(delegates("a"), knows_nothing("b"))),
        ("1 of 2 name servers of acme.com",),
    ),
    Case(
        V.PARENT_INCONSISTENT,
        "",
        healthy(parent_answers=(delegates("a", OTHERS), knows_nothing("b"))),
        ("“chat”", "acme.com"),
    ),
    Case(
        V.PARENT_INCONSISTENT,
        "for-long",
        healthy(parent_answers=(delegates("a"), knows_nothing("b"))),
        ("Ask the provider of acme.com",),
        expected=expectation(inconsistent_since=NOW - timedelta(days=9)),
    ),
    Case(
        V.RECORD_IN_THE_WAY,
        "records",
        nothing_there(in_the_way=(A_RECORD, TXT_RECORD)),
        ("A and TXT", *HERE, *FOUR),
        ("Delete the A and TXT records", "add our four"),
    ),
    Case(V.RECORD_IN_THE_WAY, "records", in_the_way("CNAME"), ("CNAME", *HERE, *FOUR)),
    Case(
        V.RECORD_IN_THE_WAY,
        "records",
        in_the_way("A", "AAAA", "TXT", "MX"),
        ("all records", *HERE, *FOUR),
        ("Delete the A, AAAA, TXT and MX records", "add our four"),
    ),
    Case(
        V.RECORD_IN_THE_WAY,
        "wrong-type",
        nothing_there(in_the_way=(A_RECORD, RecordSet(HOST, "CNAME", 300, (OURS[1],)))),
        ("NS, not CNAME", *HERE, *FOUR),
        ("Delete the A and CNAME records", "add our four"),
    ),
    Case(
        V.RECORD_IN_THE_WAY, "own-zone", owned(), ("Delete the zone chat.acme.com", *FOUR), ("add our four",)
    ),
    Case(
        V.RECORD_IN_THE_WAY,
        "parked",
        replace(owned(), answers_any_name=True),
        ("acme.com", "renew"),
        ("Renew acme.com", "add our four", "“chat”"),
    ),
    Case(
        V.MISPLACED,
        "",
        nothing_there(misplaced_at=("chat.acme.com.acme.com",)),
        ("chat.acme.com.acme.com", *HERE),
        ("Delete the NS records at chat.acme.com.acme.com", "add our four"),
    ),
    Case(
        V.MISPLACED,
        "",
        nothing_there(misplaced_at=("acme.com",)),
        HERE,
        ("delete our name servers", "add them"),
    ),
    Case(V.MISPLACED, "", nothing_there(misplaced_at=tuple(many(4))), ("3 more", *HERE), ("ns3.other.net",)),
    Case(V.NOT_DELEGATED, "", nothing_there(), (*HERE, *FOUR), ("Add our four",)),
    Case(
        V.NOT_DELEGATED,
        "gone",
        nothing_there(),
        ("back", *HERE, *FOUR),
        ("Put our four",),
        expectation(listed_before=True),
    ),
    Case(
        V.NOT_DELEGATED,
        "domain-missing",
        nothing_there(parent_zone="com"),
        ("acme.com", "register"),
        ("Bring acme.com into DNS", "add our four", "“chat”"),
    ),
    Case(
        V.NOT_DELEGATED,
        "domain-missing",
        nothing_there(parent_zone="com"),
        ("acme.com", "renew"),
        expected=expectation(listed_before=True),
    ),
    Case(
        V.OLD_NAME_SERVERS,
        "",
        listing(OTHERS),
        (*HERE, *FOUR),
        (OTHERS[0], "add our four"),
        expectation(former_name_servers=OTHERS),
    ),
    Case(
        V.OLD_NAME_SERVERS,
        "",
        listing((*OURS[:2], *OTHERS[:2])),
        (*HERE, "replace two former values by two of ours"),
        (*OTHERS[:2], *OURS[2:]),
        expectation(former_name_servers=OTHERS),
    ),
    Case(
        V.NS_MISTYPED,
        "parent-suffix",
        listing([SUFFIXED, *OURS[1:]]),
        ("correct one NS record", *HERE),
        (f"“{OURS[0]}.”", f"“{SUFFIXED}”"),
    ),
    Case(
        V.NS_MISTYPED,
        "parent-suffix",
        listing([f"{name}.acme.com" for name in OURS]),
        ("correct four NS records", *HERE),
        tuple(f"“{name}.”" for name in OURS),
    ),
    Case(
        V.NS_MISTYPED,
        "parent-suffix",
        listing([SUFFIXED, f"{OURS[1]}.acme.com", *OURS[2:]]),
        ("correct two NS records", *HERE),
        (OURS[0], OURS[1]),
    ),
    Case(
        V.NS_MISTYPED,
        "ip-address",
        listing(["192.0.2.1", *OURS[1:]]),
        ("correct one NS record", *HERE),
        (f"“{OURS[0]}”", "“192.0.2.1”"),
    ),
    Case(
        V.NS_MISTYPED,
        "url",
        listing([f"https://{OURS[0]}/", *OURS[1:]]),
        ("correct one NS record", *HERE),
        (f"“{OURS[0]}”",),
    ),
    Case(V.NS_MISTYPED, "several", listing(["\\032".join(OURS)]), (*HERE, *FOUR, "each"), tuple(OURS)),
    Case(
        V.NS_MISTYPED,
        "more-than-a-name",
        listing([f"10\\032{OURS[0]}", *OURS[1:]]),
        ("correct one NS record", *HERE),
        (f"nter “{OURS[0]}” instead of “10 {OURS[0]}”",),
    ),
    Case(
        V.NS_MISTYPED,
        "more-than-a-name",
        listing([f"3600\\032in\\032ns\\032{OURS[0]}\\032\\;\\032ours", *OURS[1:]]),
        ("correct one NS record", *HERE),
        (f"nter “{OURS[0]}” instead of",),
    ),
    Case(
        V.NS_MISTYPED,
        "wrong-ending",
        listing([OURS[0].replace(".com", ".org"), *OURS[1:]]),
        ("correct one NS record", *HERE),
        (OURS[0],),
    ),
    Case(
        V.NS_MISTYPED,
        "near-miss",
        listing([OURS[0].replace("12", "21"), *OURS[1:]]),
        ("correct one NS record", *HERE),
        (OURS[0],),
    ),
    Case(
        V.NS_MISTYPED,
        "near-miss",
        listing([OURS[0].replace("12", "21"), OURS[1], "ns1.other.net"]),
        ("correct one NS record", *HERE),
        (OURS[0], OURS[2], OURS[3], "remove ns1.other.net"),
    ),
    Case(
        V.NS_MISTYPED,
        "near-miss",
        listing([OURS[0].replace("12", "21"), *OURS[1:], *many(9)]),
        ("correct one NS record", *HERE),
        (OURS[0], "remove ns0.other.net", "ns5.other.net and 3 more"),
    ),
    Case(
        V.NS_MISTYPED,
        "surplus",
        listing([*OURS, SUFFIXED]),
        ("remove one mistyped NS record", *HERE),
        (f"Remove “{SUFFIXED}”",),
    ),
    Case(
        V.NS_MISTYPED, "surplus", listing([*OURS, "\\032".join(OURS)]), ("remove", *HERE), (" ".join(OURS),)
    ),
    Case(
        V.DELEGATED_ELSEWHERE,
        "",
        listing(OTHERS),
        (*HERE, *FOUR),
        (f"Remove {OTHERS[2]}", OTHERS[3], "add our four"),
    ),
    Case(
        V.DELEGATED_ELSEWHERE,
        "own-names",
        listing(many(4), own_names=tuple(zip(many(4), OURS, strict=True))),
        (*HERE, *FOUR),
        ("ns3.other.net", "add our four"),
    ),
    Case(
        V.DELEGATION_MIXED,
        "",
        listing([*OURS, "ns1.other.net"]),
        ("remove one foreign value", *HERE),
        ("Remove ns1.other.net",),
    ),
    Case(
        V.DELEGATION_MIXED,
        "",
        listing([*OURS, *many(5)]),
        ("remove five foreign values", *HERE),
        tuple(many(5)),
    ),
    Case(
        V.DELEGATION_MIXED,
        "",
        listing([*OURS[:2], *many(2)]),
        (*HERE, "replace two foreign values by two of ours"),
        ("Remove ns0.other.net and ns1.other.net", f"add {OURS[2]} and {OURS[3]}"),
    ),
    Case(
        V.DELEGATION_MIXED,
        "",
        listing([OURS[0], *many(3)]),
        ("three foreign values by three of ours", *HERE),
        (*many(3), *OURS[1:]),
    ),
    Case(
        V.MISPLACED,
        "wildcard",
        healthy(wildcard="*.acme.com"),
        ("“*”", *HERE),
        ("Delete the NS records named “*”", "add our four name servers", "“chat”"),
    ),
    Case(
        V.MISPLACED, "whole-domain", led(OURS), ("acme.com", "registrar"), ("registrar of acme.com", "“chat”")
    ),
    Case(
        V.MISPLACED,
        "whole-domain-too",
        led([*PARENTS, OURS[0]], parent_answers=nothing_there().parent_answers),
        ("acme.com", "registrar"),
        ("registrar of acme.com", f"remove {OURS[0]}", f"leave {PARENTS[0]}"),
    ),
    Case(
        V.MISPLACED,
        "wrong-level",
        healthy(
            parent_answers=(),
            delegations=(Delegation("b.acme.com", "acme.com", frozenset(OURS), sure=True),),
        ),
        ("“chat.b”", "“b”", "acme.com"),
        ("delete the NS records named “b”", "add our four name servers", "“chat.b”"),
        expectation(host="chat.b.acme.com"),
    ),
    Case(V.PARENT_INCONSISTENT, "copies-differ", COPIES, ("registry", "acme.com"), ("acme.com", "registrar")),
    Case(
        V.PARENT_INCONSISTENT,
        "for-long",
        COPIES,
        ("same servers", "acme.com", "registrar"),
        ("same servers",),
        expectation(inconsistent_since=NOW - timedelta(days=8)),
    ),
    Case(V.DELEGATION_PARTIAL, "", listing(OURS[:3]), ("one missing value", *HERE), (OURS[3],)),
    Case(V.DELEGATION_PARTIAL, "", listing(OURS[:1]), ("three missing values", *HERE), OURS[1:]),
    Case(V.ZONE_NOT_SERVED, "", healthy(ours=tuple(serving(name) for name in OURS[:3])), HERE),
    Case(V.STALE_DS, "", with_ds(matches=False), ("Delete the DS record", *HERE), ("leave the NS records",)),
    Case(V.VERIFIED, "", healthy(), (HOST,)),
]
