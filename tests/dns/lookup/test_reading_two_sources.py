"""Servers of the parent with two sources: the parent zone, and a cache or a zone named like the host."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.dns.delegation.cases import HOST, OTHERS, OURS, PARENTS, check, world
from tests.twins.dns import MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import Verdict
from webapp.dns.records import RecordSet

Reshape = Callable[[str, str, Response], Response]
OUR_SET = RecordSet(HOST, "NS", 300, tuple(sorted(OURS)))
OUR_SOA = RecordSet(HOST, "SOA", 900, ("ns.example. host.example. 1 7200 900 1209600 900",))


def cached(kind: str, *, aa: bool = False) -> Reshape:
    """Gives the NS records of our own zone in ANSWER, and refers by those of the parent zone, or by its cache too."""

    def reshape(name: str, rdtype: str, response: Response) -> Response:
        if name == HOST and rdtype == "NS":
            return Response(authoritative=aa, answer=(OUR_SET,), recursive=kind == "recursive")
        if kind == "ns" or not (name == HOST or name.endswith(f".{HOST}")):
            return response
        if kind == "soa" and name == HOST and rdtype == "SOA":
            return Response(answer=(OUR_SOA,))
        return Response(authority=(OUR_SET,), recursive=kind == "recursive")

    return reshape


def reshaped(reshape: Reshape, delegated: tuple[str, ...], at: tuple[str, ...] = PARENTS) -> MemoryDns:
    dns, _ = world(delegated=delegated)
    for server in at:
        dns.server(server).reshape = reshape
    return dns


@pytest.mark.parametrize("aa", [False, True])
@pytest.mark.parametrize(
    ("delegated", "verdict"),
    [
        (OURS[:1], Verdict.DELEGATION_PARTIAL),
        (OURS[:3], Verdict.DELEGATION_PARTIAL),
        (OTHERS, Verdict.DELEGATED_ELSEWHERE),
        ((*OURS, "ns1.other.net"), Verdict.DELEGATION_MIXED),
        (OURS, Verdict.VERIFIED),
    ],
)
def test_the_cut_decides_where_the_answer_lists_what_our_zone_says(
    delegated: tuple[str, ...], verdict: Verdict, aa: bool
) -> None:
    assert check(reshaped(cached("ns", aa=aa), delegated)).verdict is verdict


@pytest.mark.parametrize("kind", ["soa", "recursive"])
@pytest.mark.parametrize("delegated", [OURS[:1], OURS[:3], OTHERS])
@pytest.mark.parametrize("servers", [PARENTS, PARENTS[:1]])
def test_what_may_all_come_out_of_a_cache_verifies_nothing(
    kind: str, delegated: tuple[str, ...], servers: tuple[str, ...]
) -> None:
    report = check(reshaped(cached(kind), delegated, servers))
    assert not report.verified
    assert report.transient


@pytest.mark.parametrize("listed", [OURS[:2], OURS[:1], (OURS[0], "ns1.other.net")])
def test_an_answer_that_lists_fewer_than_the_cut_verifies_nothing(listed: tuple[str, ...]) -> None:
    def reshape(name: str, rdtype: str, response: Response) -> Response:
        own = Response(authoritative=True, answer=(RecordSet(HOST, "NS", 60, listed),))
        return own if (name, rdtype) == (HOST, "NS") else response

    assert not check(reshaped(reshape, OURS)).verified


def test_halves_do_not_make_a_whole() -> None:
    def reshape(name: str, rdtype: str, response: Response) -> Response:
        own = Response(authoritative=True, answer=(RecordSet(HOST, "NS", 60, OURS[2:]),))
        return own if (name, rdtype) == (HOST, "NS") else response

    assert check(reshaped(reshape, OURS[:2])).verdict is Verdict.DELEGATION_PARTIAL


def own_zone(*, soa: str, below: bool) -> Reshape:
    """A zone named like the host that gives its NS records in AUTHORITY with AA set, as some servers refer."""

    def reshape(name: str, rdtype: str, response: Response) -> Response:
        if name == HOST and rdtype == "NS":
            return Response(authoritative=True, authority=(OUR_SET,))
        if name == HOST and rdtype == "SOA" and soa != "negative":
            return (
                Response(authoritative=True, answer=(OUR_SOA,), authority=(OUR_SET,))
                if soa
                else Response("SERVFAIL")
            )
        if below and name.endswith(f".{HOST}"):
            return Response(authoritative=True, authority=(OUR_SET,))
        if name == HOST or name.endswith(f".{HOST}"):
            return Response(authoritative=True, authority=(OUR_SOA,))
        return response

    return reshape


@pytest.mark.parametrize("below", [False, True])
@pytest.mark.parametrize("soa", ["answer", "negative", ""])
@pytest.mark.parametrize("servers", [PARENTS, PARENTS[:1]])
def test_an_own_zone_in_the_form_of_a_referral_with_aa(
    soa: str, below: bool, servers: tuple[str, ...]
) -> None:
    dns = reshaped(own_zone(soa=soa, below=below), (), servers)
    dns.recursive[0].says[HOST, "NS"] = Response(answer=(OUR_SET,))
    report = check(dns)
    assert not report.verified
    if servers == PARENTS and soa:
        assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "own-zone")


def test_a_referral_with_aa_costs_one_question_to_each_server() -> None:
    dns = reshaped(lambda _n, _t, response: replace(response, authoritative=True), OURS)
    assert check(dns, proved=True).verified
    assert [rdtype for _, name, rdtype in dns.questions if name == HOST].count("SOA") == len(OURS) + len(
        PARENTS
    )


# Wildcards


def leads_to_ours(*, sibling: str = "") -> Reshape:
    """Every name of acme.com leads to ours, by a wildcard. Names beside the host get the response code `sibling`."""

    def reshape(name: str, rdtype: str, response: Response) -> Response:
        if rdtype == "DS":
            return Response(authoritative=True, authority=(MemoryZone("acme.com").soa,))
        if not name.endswith(".acme.com") or name in PARENTS:
            return response
        if sibling and name != HOST and not name.endswith(f".{HOST}"):
            upwards = Response(authority=(RecordSet(".", "NS", 60, ("a.root-servers.net",)),))
            return upwards if sibling == "upwards" else Response(sibling)
        return Response(authority=(replace(OUR_SET, name=name),))

    return reshape


SIBLINGS = ["SERVFAIL", "REFUSED", "FORMERR", "NOTIMP", "NXDOMAIN", "NOERROR", "upwards"]


@pytest.mark.parametrize("sibling", SIBLINGS)
@pytest.mark.parametrize("servers", [PARENTS, PARENTS[:1]])
def test_silence_about_a_wildcard_is_no_evidence_that_there_is_none(
    sibling: str, servers: tuple[str, ...]
) -> None:
    """Without AA, neither NXDOMAIN nor NODATA is an answer of the parent's."""
    dns = reshaped(leads_to_ours(sibling=sibling), OURS, servers)
    report = check(dns)
    assert (report.verdict, report.transient) == (Verdict.PARENT_UNREACHABLE, True)
    assert check(dns, proved=True).verified


@pytest.mark.parametrize("server", PARENTS)
def test_a_wildcard_at_one_server_is_one(server: str) -> None:
    report = check(reshaped(leads_to_ours(), OURS, (server,)))
    assert (report.verdict, report.reason) == (Verdict.MISPLACED, "wildcard")


def test_a_third_server_tells_where_another_does_not() -> None:
    dns = MemoryDns()
    names = (*PARENTS, "ns3.acme.com")
    dns.zone("acme.com", *names).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    dns.server(names[0]).reshape = leads_to_ours(sibling="SERVFAIL")
    assert check(dns).verified
    dns.server(names[1]).reshape = leads_to_ours(sibling="SERVFAIL")
    assert not check(dns).verified
    dns.server(names[2]).reshape = leads_to_ours()
    assert check(dns).reason == "wildcard"


def test_a_question_about_a_wildcard_that_no_time_was_left_for() -> None:
    dns = reshaped(leads_to_ours(), OURS)
    for queries in range(12, 45):
        dns.limits = replace(dns.limits, queries=queries)
        assert not check(dns).verified
