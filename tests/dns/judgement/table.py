"""Observations, and the verdict that each of them deserves."""

from __future__ import annotations

from tests.dns.delegation.cases import (
    HOST,
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
from webapp.dns.answers import Outcome
from webapp.dns.delegation import Asked, Expectation, Observation, Verdict
from webapp.dns.limits import RESTS
from webapp.dns.lookup.observation import Alias, ParentAnswer, ResolverAnswer, Says, Trouble
from webapp.dns.notes import Note
from webapp.dns.records import RecordSet
from webapp.dns.servers.evidence import Dispute

WILL_NOT_DO = "192.0.2.1"
A_RECORD = RecordSet(HOST, "A", 300, (WILL_NOT_DO,))
TXT_RECORD = RecordSet(HOST, "TXT", 300, ('"hello"',))
DNAME_ABOVE = Alias("acme.com", "DNAME", "old.example")
DISPUTE = Dispute("parent", "ns1.acme.com", (("192.0.2.53:53", frozenset({"198.51.0.9"})), ("", frozenset())))
DS = "12345 13 2 49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC49FD46E6C4B45C55D4AC1234"


def redirected(alias: Alias) -> Observation:
    answers = (ParentAnswer(s, "198.51.0.2", Outcome.NOERROR, Says.ALIAS, alias=alias) for s in PARENTS)
    return nothing_there(parent_answers=tuple(answers))


def owned() -> Observation:
    answers = (
        ParentAnswer(s, "198.51.0.2", Outcome.NOERROR, Says.OWN_ZONE, frozenset(OURS)) for s in PARENTS
    )
    return nothing_there(parent_answers=tuple(answers))


def put_off(server: str) -> Asked:
    note = Note(RESTS, {"address": "198.51.0.2"})
    question, outcome = f"{HOST} TXT", "NOT_ASKED"
    return Asked(server, "198.51.0.2", question, "", outcome, False, (), None, 0, "parent", "", (note,))


def with_ds(matches: bool | None) -> Observation:
    answers = tuple(delegates(server, ds=(DS,)) for server in PARENTS)
    return healthy(parent_answers=answers, ds_matches=matches)


#: verdict, expectation, observation, words of the first sentence
TABLE: list[tuple[Verdict, Expectation, Observation, str]] = [
    (Verdict.ZONE_PENDING, expectation(zone_in_sync=False), nothing_there(), "We are preparing"),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(parent_answers=tuple(fails(server) for server in PARENTS)),
        "The name servers of acme.com did not answer",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(parent_answers=(delegates(PARENTS[0]), fails(PARENTS[1], Outcome.REFUSED))),
        "Only one of the name servers of acme.com answered",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(parent_zone=None, parent_answers=(), trouble=Trouble.RESOLVER_SILENT),
        "The problem is on our side",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(parent_disputed=True, disputes=(DISPUTE,)),
        "disagree about ns1.acme.com",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(parent_answers=(delegates(PARENTS[0]),), disputes=(DISPUTE,)),
        "disagree about ns1.acme.com",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(resolvers=(ResolverAnswer("192.0.2.53:53", Outcome.NXDOMAIN, denies=True),)),
        "our resolver 192.0.2.53:53 finds no NS records for chat.acme.com",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(resolvers=(ResolverAnswer("192.0.2.53:53", Outcome.NODATA, unsettled=True),)),
        "We could not ask our resolver 192.0.2.53:53 whether it sees chat.acme.com",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(trouble=Trouble.PARENT_BOGUS),
        "DNSSEC of acme.com is broken",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        healthy(parent_answers=tuple(fails(server) for server in PARENTS), trouble=Trouble.NO_TCP),
        "answer over UDP but not over TCP",
    ),
    (
        Verdict.PARENT_UNREACHABLE,
        expectation(),
        nothing_there(asked=(put_off(PARENTS[0]),)),
        "We could not ask ns1.acme.com everything about chat.acme.com",
    ),
    (
        Verdict.ALIAS_ABOVE,
        expectation(),
        redirected(DNAME_ABOVE),
        "Delete the DNAME record named “@” in the zone acme.com",
    ),
    (
        Verdict.ALIAS_ABOVE,
        expectation(host="a.b.acme.com"),
        nothing_there(aliases_above=(Alias("b.acme.com", "CNAME", "cdn.example"),)),
        "Delete the CNAME record named “b” in the zone acme.com",
    ),
    (
        Verdict.PARENT_INCONSISTENT,
        expectation(),
        healthy(parent_answers=(delegates("a"), delegates("b"), knows_nothing("c"))),
        "2 of 3 name servers of acme.com already know the new NS records",
    ),
    (
        Verdict.RECORD_IN_THE_WAY,
        expectation(),
        nothing_there(in_the_way=(A_RECORD, TXT_RECORD)),
        "In acme.com, replace the A and TXT records “chat” by our four NS records",
    ),
    (
        Verdict.RECORD_IN_THE_WAY,
        expectation(),
        owned(),
        "Delete the zone chat.acme.com at the provider of acme.com, then add our four",
    ),
    (
        Verdict.MISPLACED,
        expectation(),
        nothing_there(misplaced_at=("chat.acme.com.acme.com",)),
        "We found our name servers at chat.acme.com.acme.com; name them “chat” in acme.com",
    ),
    (
        Verdict.NOT_DELEGATED,
        expectation(),
        nothing_there(),
        "In acme.com, add our four name servers as NS records named “chat”",
    ),
    (
        Verdict.OLD_NAME_SERVERS,
        expectation(former_name_servers=OTHERS),
        listing(OTHERS),
        "In acme.com, replace all NS records named “chat” by our four",
    ),
    (
        Verdict.NS_MISTYPED,
        expectation(),
        listing([*OURS[:3], f"{OURS[3]}.acme.com"]),
        "correct one NS record named “chat”",
    ),
    (
        Verdict.DELEGATED_ELSEWHERE,
        expectation(),
        listing(OTHERS),
        "In acme.com, replace all NS records named “chat” by our four",
    ),
    (
        Verdict.DELEGATION_MIXED,
        expectation(),
        listing([*OURS, "ns1.other.net"]),
        "remove one foreign value from the NS records",
    ),
    (
        Verdict.DELEGATION_PARTIAL,
        expectation(),
        listing(OURS[:3]),
        "add one missing value to the NS records named “chat”",
    ),
    (
        Verdict.ZONE_NOT_SERVED,
        expectation(),
        healthy(ours=tuple(serving(server) for server in OURS[:3])),
        "Your NS records named “chat” in acme.com are right; our side is not ready",
    ),
    (
        Verdict.STALE_DS,
        expectation(),
        with_ds(matches=False),
        "Delete the DS record named “chat” in the zone acme.com",
    ),
    (Verdict.VERIFIED, expectation(), healthy(), "chat.acme.com is verified"),
]
