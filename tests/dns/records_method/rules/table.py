"""Observations of the records method, the verdict that each deserves, and what its first sentences have to name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

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
    absent,
    expectation,
    host,
    resolver,
    seen,
    text,
    zone_seen,
)
from webapp.dns.answers import Outcome
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.limits import RESTS
from webapp.dns.lookup.observation import Alias, NameServerSet, Says, Trouble
from webapp.dns.notes import Note
from webapp.dns.records_method import (
    RecordsExpectation,
    RecordsObservation,
    RecordsReport,
    Stage,
    ValidationRecord,
    judge,
)
from webapp.dns.records_method.lookup.observation import BeyondAnswer, ValidationAnswer
from webapp.dns.servers.evidence import Asked, Dispute

V = Verdict
EXPECTED = expectation()
AT_APEX = expectation(host=ZONE, apex=True, edge_addresses=EDGE)
ALIASED = expectation(host=ZONE, apex=True)
VALIDATED = expectation(validation=ValidationRecord(f"_a1.{HOST}", "_b2.acm-validations.aws"))
HERE = ("“_nameplate-challenge.chat”", "acme.com")
THERE = ("“chat”", "acme.com")
NOBODY = tuple(absent(server, says=None, outcome=Outcome.TIMEOUT) for server in SERVERS)
DISPUTE = Dispute("parent", "ns1.acme.com", (("192.0.2.53:53", frozenset({"198.51.0.9"})), ("", frozenset())))
CIRCLE = (f"b.{ZONE}", HOST)
LONG = tuple(f"h{number}.{ZONE}" for number in range(17))


@dataclass(frozen=True)
class Case:
    """A set-up, and what the first sentence and the next step have to name."""

    verdict: Verdict
    reason: str
    stage: Stage
    observation: RecordsObservation
    first: tuple[str, ...]
    step: tuple[str, ...] = ()
    expected: RecordsExpectation = EXPECTED
    checks: int = 1

    def report(self, **changes: Any) -> RecordsReport:
        history = None
        for number in range(self.checks):
            about = replace(self.expected, history=history, **changes)
            report = judge(about, self.observation, NOW + timedelta(hours=number))
            history = report.history
        return report


def no_text(**changes: Any) -> RecordsObservation:
    """Both servers have no TXT record at the label, and lead the host to us."""
    return seen(texts=(), **changes)


def answers(**changes: Any) -> dict[str, Any]:
    """What is known of the zone, where both servers gave another answer about NS records at the label."""
    return {"parent_answers": tuple(absent(server, **changes) for server in SERVERS)}


def at_host(*addresses: str, **changes: Any) -> RecordsObservation:
    hosts = tuple(host(server, addresses=frozenset(addresses)) for server in SERVERS)
    return seen(hosts=hosts, **changes)


def at_apex(*addresses: str) -> RecordsObservation:
    return at_host(*addresses)


def beyond(*names: str, number: int = 53, **changes: Any) -> BeyondAnswer:
    word = BeyondAnswer("cdn.other.net", f"192.0.2.{number}:53", Outcome.NOERROR, told=True, names=names)
    return replace(word, **changes)


def leading_out(*words: BeyondAnswer) -> RecordsObservation:
    hosts = tuple(host(server, "cdn.other.net", open=True) for server in SERVERS)
    return seen(hosts=hosts, beyond=words)


def asked(outcome: Outcome, *notes: Note) -> Asked:
    address, question = "198.51.0.1", f"{LABEL} TXT"
    return Asked(SERVERS[0], address, question, "", outcome.value, False, (), None, 0, "parent", "", notes)


PUT_OFF = asked(Outcome.NOT_ASKED, Note(RESTS, {"address": "198.51.0.1"}))
#: Something outside did answer, so that silence is not that of our own network.
HEARD = asked(Outcome.NODATA)


def alias(owner: str, rdtype: str, target: str) -> dict[str, Any]:
    return answers(says=Says.ALIAS, outcome=Outcome.NOERROR, alias=Alias(owner, rdtype, target))


def parent_unreachable(reason: str, first: tuple[str, ...], /, checks: int = 1, **zone: Any) -> Case:
    return Case(V.PARENT_UNREACHABLE, reason, Stage.UNKNOWN, seen(zone=zone), first, checks=checks)


ONE_TEXT = (text(SERVERS[0], TOKEN), text(SERVERS[1]))
ONE_DEAD = (absent(SERVERS[0]), NOBODY[1])
COPIES = replace(seen(texts=()), texts=(text(SERVERS[0], TOKEN), text("ns9.other.net", address="198.51.0.9")))
BOTH_SETS = zone_seen(
    parent_answers=(absent(SERVERS[0]), absent("ns9.other.net")),
    parent_needed=1,
    parent_set=NameServerSet.DIFFERENT,
    parent_named_above=frozenset(SERVERS[:1]),
)

CASES = [
    # What could not be asked
    Case(
        V.PARENT_UNREACHABLE,
        "unfinished",
        Stage.UNKNOWN,
        RecordsObservation(zone_seen(parent_answers=(), complete=False)),
        (HOST,),
    ),
    parent_unreachable("resolver-silent", (), parent_answers=(), trouble=Trouble.RESOLVER_SILENT),
    parent_unreachable("parent-bogus", ("DS record", ZONE), trouble=Trouble.PARENT_BOGUS),
    parent_unreachable("no-tcp", (ZONE,), parent_answers=NOBODY, trouble=Trouble.NO_TCP),
    parent_unreachable("parent-silent", (ZONE,), parent_answers=NOBODY),
    parent_unreachable("parent-silent", (ZONE,), parent_answers=ONE_DEAD),
    parent_unreachable("unheard-for-long", (ZONE,), checks=3, parent_answers=NOBODY, asked=(HEARD,)),
    parent_unreachable("parent-moving", (ZONE,), parent_set=NameServerSet.DENIED),
    parent_unreachable("addresses-differ", ("ns1.acme.com",), parent_disputed=True, disputes=(DISPUTE,)),
    Case(
        V.PARENT_UNREACHABLE,
        "put-off",
        Stage.UNKNOWN,
        no_text(zone={"asked": (PUT_OFF,)}),
        (SERVERS[0], HOST),
    ),
    parent_unreachable("resolver-denies", ("192.0.2.53:53",), resolvers=(resolver(denies=True),)),
    parent_unreachable("resolver-unsettled", ("192.0.2.53:53",), resolvers=(resolver(unsettled=True),)),
    parent_unreachable("unfinished", (HOST,), wildcard=None),
    parent_unreachable("unfinished", (HOST,), resolvers=()),
    Case(
        V.PARENT_UNREACHABLE,
        "parent-silent",
        Stage.RESERVED,
        seen(hosts=(host(SERVERS[0], TARGET), host(SERVERS[1], told=False, outcome=Outcome.TIMEOUT))),
        (ZONE,),
    ),
    Case(V.PARENT_UNREACHABLE, "unfinished", Stage.RESERVED, seen(host_wildcard=None), (HOST,)),
    Case(
        V.PARENT_UNREACHABLE,
        "beyond-unheard",
        Stage.RESERVED,
        leading_out(beyond(told=False, outcome=Outcome.SERVFAIL)),
        ("cdn.other.net",),
    ),
    Case(
        V.PARENT_UNREACHABLE,
        "beyond-differs",
        Stage.RESERVED,
        leading_out(beyond(TARGET), beyond("x.other.net", number=54)),
        ("cdn.other.net",),
    ),
    # What stands in the way
    Case(
        V.ALIAS_ABOVE,
        "",
        Stage.NOTHING,
        seen(texts=(), names=(), zone=alias(ZONE, "DNAME", "old.example")),
        ("DNAME", "“@”", ZONE),
        ("Delete the DNAME record named “@”", TOKEN),
    ),
    Case(
        V.ALIAS_ABOVE,
        "",
        Stage.NOTHING,
        seen(texts=(), names=(), zone=alias(HOST, "DNAME", "old.example")),
        ("DNAME", *THERE),
    ),
    Case(
        V.RECORD_IN_THE_WAY,
        "own-zone",
        Stage.TARGET_ALONE,
        seen(zone=answers(says=Says.OWN_ZONE)),
        ("Delete the zone", LABEL, ZONE),
        (TOKEN,),
    ),
    Case(
        V.RECORD_IN_THE_WAY,
        "parked",
        Stage.TARGET_ALONE,
        seen(zone={**answers(says=Says.OWN_ZONE), "answers_any_name": True}),
        (ZONE, "renew"),
        ("Renew acme.com", TOKEN),
    ),
    Case(
        V.RECORD_IN_THE_WAY,
        "label-delegated",
        Stage.TARGET_ALONE,
        seen(zone=answers(says=Says.DELEGATED, name_servers=frozenset({"ns1.other.net"}))),
        ("NS records", *HERE),
        ("Delete the NS records", TOKEN),
    ),
    # Who does not agree
    Case(
        V.PARENT_INCONSISTENT,
        "",
        Stage.UNKNOWN,
        replace(seen(), texts=ONE_TEXT),
        ("1 of 2 name servers of acme.com", *HERE),
    ),
    Case(
        V.PARENT_INCONSISTENT,
        "for-long",
        Stage.UNKNOWN,
        replace(seen(), texts=ONE_TEXT),
        ("Ask the provider of acme.com",),
        expected=expectation(inconsistent_since=NOW - timedelta(days=2)),
    ),
    Case(
        V.PARENT_INCONSISTENT,
        "copies-differ",
        Stage.UNKNOWN,
        replace(COPIES, zone=BOTH_SETS),
        ("registry", ZONE),
        ("registrar",),
    ),
    Case(
        V.PARENT_INCONSISTENT,
        "for-long",
        Stage.UNKNOWN,
        replace(COPIES, zone=BOTH_SETS),
        ("registrar", ZONE),
        expected=expectation(inconsistent_since=NOW - timedelta(days=8)),
    ),
    Case(
        V.PARENT_INCONSISTENT,
        "",
        Stage.RESERVED,
        seen(hosts=(host(SERVERS[0], TARGET), host(SERVERS[1], "old.example"))),
        ("1 of 2 name servers of acme.com", *THERE),
    ),
    # The token
    Case(V.TOKEN_MISSING, "", Stage.TARGET_ALONE, no_text(), HERE, (TOKEN,)),
    Case(V.TOKEN_MISSING, "", Stage.NOTHING, seen(texts=(), names=()), HERE, (TOKEN, "until you switch")),
    Case(V.TOKEN_MISSING, "", Stage.TARGET_ALONE, seen(texts=("hello",), made_up=("hello",)), HERE, (TOKEN,)),
    Case(
        V.TOKEN_MISSING,
        "gone",
        Stage.TARGET_ALONE,
        no_text(),
        ("back", *HERE),
        (TOKEN,),
        expectation(listed_before=True),
    ),
    Case(
        V.TOKEN_MISSING,
        "domain-missing",
        Stage.NOTHING,
        seen(texts=(), names=(), zone={"parent_zone": "com"}),
        (ZONE, "register"),
        ("Bring acme.com into DNS", "“_nameplate-challenge.chat”", TOKEN),
    ),
    Case(
        V.TOKEN_MISSING,
        "domain-missing",
        Stage.NOTHING,
        seen(texts=(), names=(), zone={"parent_zone": "com"}),
        (ZONE, "renew"),
        expected=expectation(listed_before=True),
    ),
    Case(
        V.RECORD_IN_THE_WAY,
        "wrong-type",
        Stage.TARGET_ALONE,
        no_text(zone=alias(LABEL, "CNAME", f"{TOKEN}.{ZONE}")),
        ("TXT, not CNAME", *HERE),
        ("Delete the CNAME record", TOKEN),
    ),
    Case(
        V.RECORD_IN_THE_WAY,
        "alias-there",
        Stage.TARGET_ALONE,
        no_text(zone=alias(LABEL, "CNAME", "dcv.other.net")),
        ("CNAME", *HERE),
        ("Delete the CNAME record", TOKEN),
    ),
    Case(
        V.TOKEN_MISSING,
        "wildcard-ends",
        Stage.NOTHING,
        seen(texts=(), names=("shop.other.net",), host_wildcard="*.acme.com"),
        ("first", *THERE),
        ("“*”", "“chat”", TOKEN),
    ),
    Case(
        V.TOKEN_MISPLACED,
        "",
        Stage.TARGET_ALONE,
        no_text(zone={"misplaced_at": (f"{LABEL}.{ZONE}",)}),
        HERE,
        (f"{LABEL}.{ZONE}", TOKEN),
    ),
    Case(
        V.TOKEN_MISPLACED,
        "",
        Stage.TARGET_ALONE,
        no_text(zone={"misplaced_at": (HOST,)}),
        (HOST, *HERE),
        (TOKEN,),
    ),
    Case(
        V.TOKEN_MISPLACED,
        "wildcard",
        Stage.NOTHING,
        seen(names=("other.example",), zone={"wildcard": "*.acme.com"}),
        ("“*”", *HERE),
        ("named “*”", TOKEN),
    ),
    Case(
        V.TOKEN_MISPLACED,
        "",
        Stage.TARGET_ALONE,
        no_text(zone={"misplaced_at": ("*.b.acme.com",)}),
        ("“*.b”", *HERE),
        ("named “*.b”", TOKEN),
    ),
    Case(
        V.TOKEN_EXPIRED,
        "",
        Stage.TARGET_ALONE,
        seen(texts=(OTHER_TOKEN,)),
        ("old", *HERE),
        (TOKEN,),
        expectation(former_tokens=(OTHER_TOKEN,)),
    ),
    *(
        Case(V.TOKEN_MISMATCH, reason, Stage.TARGET_ALONE, seen(texts=(value,)), HERE, (TOKEN,))
        for reason, value in (
            ("", "v=spf1 -all"),
            ("other-claim", OTHER_TOKEN),
            ("more-around", f"token={TOKEN}"),
            ("cut-off", TOKEN[:12]),
            ("capitals", TOKEN.upper()),
            ("near-miss", f"{TOKEN[:-1]}x"),
            ("target-there", TARGET),
        )
    ),
    Case(
        V.TOKEN_MISMATCH,
        "more-around",
        Stage.TARGET_ALONE,
        seen(texts=("x", f"{LABEL} {TOKEN}")),
        HERE,
        (TOKEN,),
    ),
    # Where the name leads
    Case(V.CNAME_MISSING, "", Stage.RESERVED, seen(names=()), THERE, (TARGET,)),
    Case(V.CNAME_MISSING, "apex", Stage.RESERVED, at_apex(), ("A and AAAA", "“@”", ZONE), EDGE, AT_APEX),
    Case(V.CNAME_MISSING, "apex", Stage.RESERVED, at_apex(), ("ALIAS", "“@”", ZONE), (TARGET,), ALIASED),
    Case(
        V.CNAME_MISSING,
        "apex",
        Stage.RESERVED,
        seen(names=(), zone={"parent_zone": HOST}),
        ("A and AAAA", "“@”", HOST),
        EDGE,
        expectation(edge_addresses=EDGE),
    ),
    Case(
        V.CNAME_MISSING,
        "wildcard",
        Stage.RESERVED,
        seen(names=("shop.other.net",), host_wildcard="*.acme.com"),
        THERE,
        (TARGET,),
    ),
    Case(V.CNAME_WRONG, "", Stage.RESERVED, seen(names=("old.example",)), THERE, (TARGET,)),
    Case(V.CNAME_WRONG, "", Stage.RESERVED, leading_out(beyond("x.other.net")), THERE, (TARGET,)),
    Case(
        V.CNAME_WRONG,
        "nowhere",
        Stage.RESERVED,
        leading_out(beyond("x.other.net", outcome=Outcome.NXDOMAIN)),
        THERE,
        (TARGET,),
    ),
    Case(
        V.CNAME_MISTYPED,
        "wildcard",
        Stage.RESERVED,
        seen(host_wildcard="*.acme.com"),
        ("“*”", *THERE),
        ("named “*”", TARGET),
    ),
    *(
        Case(V.CNAME_MISTYPED, reason, Stage.RESERVED, seen(names=(value,)), THERE, (TARGET,))
        for reason, value in (
            ("parent-suffix", f"{TARGET}.{ZONE}"),
            ("parent-suffix", f"{TARGET}.{HOST}"),
            ("near-miss", TARGET.replace("r4", "4r")),
            ("near-miss", TARGET.replace("edge", "egde")),
            ("wrong-ending", TARGET.replace(".net", ".com")),
            ("url", f"https://{TARGET}"),
            ("more-than-a-name", f"www.{TARGET}"),
            ("edge-domain", "edge.nameplate.net"),
        )
    ),
    Case(V.CNAME_WRONG, "other-target", Stage.RESERVED, seen(names=(OTHER_TARGET,)), THERE, (TARGET,)),
    Case(
        V.CNAME_WRONG,
        "former-target",
        Stage.RESERVED,
        seen(names=(OTHER_TARGET,)),
        THERE,
        (TARGET,),
        expectation(former_targets=(OTHER_TARGET,)),
    ),
    Case(V.CNAME_WRONG, "apex", Stage.RESERVED, at_apex("192.0.2.7"), ("“@”", ZONE), EDGE, AT_APEX),
    Case(
        V.CNAME_MISTYPED,
        "apex-some",
        Stage.RESERVED,
        at_apex(*EDGE[:2]),
        ("one missing value", "“@”", ZONE),
        EDGE[2:],
        AT_APEX,
    ),
    Case(
        V.CNAME_MISTYPED,
        "apex-others",
        Stage.RESERVED,
        at_apex(*EDGE[:1], "192.0.2.7"),
        ("one foreign value", "“@”", ZONE),
        ("192.0.2.7", *EDGE[1:]),
        AT_APEX,
    ),
    Case(
        V.CNAME_LOOP,
        "",
        Stage.RESERVED,
        seen(hosts=tuple(host(s, *CIRCLE, loop=True) for s in SERVERS)),
        THERE,
    ),
    Case(V.CNAME_LOOP, "", Stage.RESERVED, leading_out(beyond(HOST, "cdn.other.net", loop=True)), THERE),
    Case(V.CNAME_LOOP, "too-long", Stage.RESERVED, seen(names=LONG), ("16 names", *THERE)),
    Case(V.CNAME_FLATTENED, "", Stage.RESERVED, at_host("192.0.2.7"), ("A record", *THERE), (TARGET,)),
    Case(
        V.CNAME_FLATTENED,
        "",
        Stage.RESERVED,
        at_host("192.0.2.7", "2001:db8::7"),
        ("A and AAAA records", *THERE),
        (TARGET,),
    ),
    Case(
        V.CNAME_FLATTENED,
        "flattened",
        Stage.RESERVED,
        at_host(*EDGE),
        ("flattening", *THERE),
        (TARGET,),
        expectation(edge_addresses=EDGE),
    ),
    Case(
        V.CNAME_FLATTENED,
        "flattened",
        Stage.RESERVED,
        at_host(*EDGE[:1], target_addresses=frozenset(EDGE)),
        ("flattening", *THERE),
        (TARGET,),
    ),
    Case(
        V.CNAME_FLATTENED,
        "proxied",
        Stage.RESERVED,
        at_host("104.21.3.4", "2606:4700::1111"),
        ("orange cloud", "“chat”", "Cloudflare"),
        ("DNS only", TARGET),
    ),
    Case(
        V.CNAME_FLATTENED,
        "proxied",
        Stage.RESERVED,
        at_host("104.21.3.4"),
        ("orange cloud", "“@”", "Cloudflare"),
        ("DNS only", *EDGE),
        AT_APEX,
    ),
    Case(V.VERIFIED, "", Stage.VERIFIED, seen(), (HOST,)),
    Case(V.VERIFIED, "", Stage.VERIFIED, seen(texts=(OTHER_TOKEN, TOKEN)), (HOST,)),
    Case(V.VERIFIED, "", Stage.VERIFIED, at_apex(*EDGE), (ZONE,), expected=AT_APEX),
    Case(V.VERIFIED, "", Stage.VERIFIED, leading_out(beyond("x.other.net", TARGET)), (HOST,)),
    Case(
        V.VERIFIED,
        "",
        Stage.VERIFIED,
        seen(zone={"wildcard": None, "resolvers": (resolver(name_servers=frozenset()),)}),
        (HOST,),
        expected=expectation(proved=True),
    ),
    Case(
        V.VERIFIED,
        "",
        Stage.VERIFIED,
        seen(validation=ValidationAnswer(told=True)),
        (HOST,),
        expected=VALIDATED,
    ),
]
IDS = [f"{case.verdict.value}-{case.reason}-{number}" for number, case in enumerate(CASES)]
