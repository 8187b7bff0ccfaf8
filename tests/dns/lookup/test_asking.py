"""The forms in which servers of the parent refer, and what only looks like a delegation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.dns.delegation.cases import HOST, OTHERS, OURS, PARENTS, check, world
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import DelegationReport, Verdict
from webapp.dns.records import RecordSet

Reshape = Callable[[str, str, Response], Response]


def cut_of(response: Response) -> RecordSet | None:
    return next((rs for rs in response.authority if rs.type == "NS"), None)


def with_aa(_name: str, _rdtype: str, response: Response) -> Response:
    return replace(response, authoritative=True)


def in_answer(*, aa: bool, cname: bool = False) -> Reshape:
    """Asked for NS records at a cut, gives them as an answer. Other questions get a referral."""

    def reshape(name: str, rdtype: str, response: Response) -> Response:
        cut = cut_of(response)
        if cut is None or rdtype != "NS" or cut.name != name:
            return response
        alias = (RecordSet(name, "CNAME", 60, ("site.example",)),) if cname else ()
        return Response(authoritative=aa, answer=(*alias, cut))

    return reshape


def only_below(*, aa: bool) -> Reshape:
    """The same, and refers only those who ask for what is below the cut."""

    def reshape(name: str, rdtype: str, response: Response) -> Response:
        cut = cut_of(response)
        if cut is None or cut.name != name:
            return response
        if rdtype == "NS":
            return Response(authoritative=aa, answer=(cut,))
        return Response(authoritative=True, authority=(MemoryZone("acme.com").soa,))

    return reshape


def never_refers(name: str, rdtype: str, response: Response) -> Response:
    """Holds NS records as it would any other, and refers nobody."""
    cut = cut_of(response)
    if cut is None:
        return response
    if rdtype == "NS" and cut.name == name:
        return Response(authoritative=True, answer=(cut,))
    return Response("NXDOMAIN", authoritative=True, authority=(MemoryZone("acme.com").soa,))


def reshaped(
    reshape: Reshape, *, delegated: tuple[str, ...] = OURS, at: tuple[str, ...] = PARENTS
) -> MemoryDns:
    dns, _ = world(delegated=delegated)
    for server in at:
        dns.server(server).reshape = reshape
    return dns


def is_unasked(report: DelegationReport) -> bool:
    return report.verdict is Verdict.PARENT_UNREACHABLE and report.transient


REFERRALS = {
    "aa": with_aa,
    "answer-aa": in_answer(aa=True),
    "answer": in_answer(aa=False),
    "below-aa": only_below(aa=True),
    "below": only_below(aa=False),
}


@pytest.mark.parametrize("form", REFERRALS)
@pytest.mark.parametrize("servers", [PARENTS, PARENTS[:1]])
def test_every_form_of_a_referral_is_one(form: str, servers: tuple[str, ...]) -> None:
    assert check(reshaped(REFERRALS[form], at=servers)).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("form", REFERRALS)
@pytest.mark.parametrize(
    ("delegated", "verdict"),
    [
        (OURS[:3], Verdict.DELEGATION_PARTIAL),
        ((*OURS, "ns1.other.net"), Verdict.DELEGATION_MIXED),
        (OTHERS, Verdict.DELEGATED_ELSEWHERE),
        ((), Verdict.NOT_DELEGATED),
    ],
)
def test_a_referral_of_any_form_is_held_to_exactly_ours(
    form: str, delegated: tuple[str, ...], verdict: Verdict
) -> None:
    assert check(reshaped(REFERRALS[form], delegated=delegated)).verdict is verdict


def test_what_an_answer_lists_beyond_the_referral_counts() -> None:
    """A server of the parent that answers NS from its own records and refers by what it has cached from our zone."""

    def reshape(name: str, rdtype: str, response: Response) -> Response:
        cut = cut_of(response)
        if cut is None:
            return response
        if rdtype == "NS" and name == HOST:
            own = RecordSet(HOST, "NS", 60, (OURS[0], "ns1.other.net"))
            return Response(answer=(own,))
        return response

    report = check(reshaped(reshape))
    assert report.verdict is Verdict.DELEGATION_MIXED
    assert report.unexpected == ("ns1.other.net",)


# Zones of their own


@pytest.mark.parametrize("fault", [None, Fault.NOT_AUTHORITATIVE])
def test_a_zone_of_its_own_is_no_delegation(fault: Fault | None) -> None:
    dns, _ = world(delegated=())
    own = dns.zone(HOST, *PARENTS, delegate=False)
    own.put(HOST, "NS", *OURS)
    for server in PARENTS:
        dns.server(server).fault = fault
    report = check(dns)
    if fault is None:
        assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "own-zone")
    else:
        assert is_unasked(report)


def test_a_zone_of_its_own_whose_soa_is_not_to_be_had_accuses_nobody() -> None:
    dns, _ = world(delegated=())
    own = dns.zone(HOST, *PARENTS, delegate=False)
    own.put(HOST, "NS", *OURS)

    def no_soa(_name: str, rdtype: str, response: Response) -> Response:
        return Response("SERVFAIL") if rdtype == "SOA" else response

    for server in PARENTS:
        dns.server(server).reshape = no_soa
    assert is_unasked(check(dns))


@pytest.mark.parametrize("authoritative", [True, False])
def test_one_of_ours_under_another_name_is_none_of_the_parents(authoritative: bool) -> None:
    """Names of the parent's servers that lead to ours: our own zone lists exactly our four."""
    dns, _ = world(delegated=())
    for server, ours in zip(PARENTS, OURS, strict=False):
        dns.server(server).published = {"A": (dns.server(ours).address,)}
    for ours in OURS:
        if not authoritative:
            dns.server(ours).reshape = lambda _n, _t, response: replace(response, authoritative=False)
    report = check(dns)
    assert not report.verified
    assert report.transient


def test_a_cache_that_has_our_own_records_is_none_of_the_parents() -> None:
    """A name server of the parent that is but a resolver gives what our zone says of itself, and refers by it."""
    dns, acme = world(delegated=(OURS[0], "ns1.other.net"))

    def cached(name: str, rdtype: str, _response: Response) -> Response:
        found = RecordSet(HOST, "NS", 60, tuple(sorted(OURS)))
        if rdtype == "NS" and name == HOST:
            return Response(answer=(found,))
        if name == "acme.com":
            return Response(answer=(acme.soa,))
        return Response(authority=(found,))

    for server in PARENTS:
        dns.server(server).reshape = cached
    assert is_unasked(check(dns))


def test_ns_records_that_refer_nobody_are_no_delegation() -> None:
    report = check(reshaped(never_refers))
    assert is_unasked(report)


@pytest.mark.parametrize("aa", [True, False])
def test_an_alias_beside_the_records_is_no_delegation(aa: bool) -> None:
    report = check(reshaped(in_answer(aa=aa, cname=True)))
    assert not report.verified


@pytest.mark.parametrize("zone", [".", "com", "acme.com"])
@pytest.mark.parametrize("aa", [True, False])
def test_a_referral_upwards_proves_nothing(zone: str, aa: bool) -> None:
    def upwards(_name: str, _rdtype: str, _response: Response) -> Response:
        return Response(authoritative=aa, authority=(RecordSet(zone, "NS", 60, tuple(sorted(OURS))),))

    assert is_unasked(check(reshaped(upwards)))


@pytest.mark.parametrize("aa", [True, False])
def test_a_cut_between_zone_and_host_is_followed_in_every_form(aa: bool) -> None:
    dns = MemoryDns()
    host = "chat.eu.acme.com"
    dns.zone("acme.com", *PARENTS)
    eu = dns.zone("eu.acme.com", "ns1.eu.acme.com", "ns2.eu.acme.com")
    eu.put(host, "NS", *OURS)
    dns.zone(host, *OURS, delegate=False)
    for server in PARENTS:
        dns.server(server).reshape = with_aa if aa else None
    report = check(dns, host=host)
    assert (report.verdict, report.parent_zone) == (Verdict.VERIFIED, "eu.acme.com")


# Wildcards


def at_wildcard(owner: str) -> Reshape:
    """As Knot answers for what a wildcard with NS records covers: a referral whose owner is the wildcard."""

    def reshape(name: str, _rdtype: str, response: Response) -> Response:
        cut = next((rs for rs in (*response.answer, *response.authority) if rs.type == "NS"), None)
        if cut is None or name == "acme.com" or cut.name != name:
            return response
        return Response(authority=(replace(cut, name=owner),))

    return reshape


def expanded(*, answer: bool) -> Reshape:
    """As others do: the wildcard's records under the name asked for, in ANSWER or as a referral."""

    def reshape(name: str, rdtype: str, response: Response) -> Response:
        if name == "acme.com" or not name.endswith(".acme.com") or rdtype == "DS":
            return response
        found = RecordSet(name, "NS", 60, tuple(sorted(OURS)))
        if not answer:
            return Response(authority=(found,))
        if rdtype == "NS":
            return Response(authoritative=True, answer=(found,))
        return Response(authoritative=True, authority=(MemoryZone("acme.com").soa,))

    return reshape


@pytest.mark.parametrize(
    "reshape",
    [None, at_wildcard("*.acme.com"), expanded(answer=False), expanded(answer=True)],
    ids=["synthesized", "owner", "referral", "answer"],
)
@pytest.mark.parametrize("servers", [PARENTS, PARENTS[:1]])
def test_a_wildcard_is_no_delegation(reshape: Reshape | None, servers: tuple[str, ...]) -> None:
    dns = MemoryDns()
    acme = dns.zone("acme.com", *servers)
    acme.put("*.acme.com", "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    for server in servers:
        dns.server(server).reshape = reshape
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.MISPLACED, "wildcard")
    assert (report.who_acts, report.transient) == ("you", False)
    assert report.message.startswith("Name the NS records “chat”, not “*”, in the zone acme.com.")


def test_a_wildcard_between_the_zone_and_the_host() -> None:
    dns = MemoryDns()
    host = "chat.b.acme.com"
    acme = dns.zone("acme.com", *PARENTS)
    acme.put("*.b.acme.com", "NS", *OURS)
    dns.zone(host, *OURS, delegate=False)
    for server in PARENTS:
        dns.server(server).reshape = at_wildcard("*.b.acme.com")
    report = check(dns, host=host)
    assert (report.verdict, report.reason) == (Verdict.MISPLACED, "wildcard")
    assert "“chat.b”, not “*.b”" in report.message


def test_a_wildcard_that_leads_elsewhere_is_not_there_for_the_host() -> None:
    dns = MemoryDns()
    acme = dns.zone("acme.com", *PARENTS)
    acme.put("*.acme.com", "NS", *OTHERS)
    dns.zone(HOST, *OURS, delegate=False)
    for server in PARENTS:
        dns.server(server).reshape = at_wildcard("*.acme.com")
    assert check(dns).verdict is Verdict.NOT_DELEGATED


def test_a_delegation_beside_a_wildcard_is_one() -> None:
    dns, acme = world()
    acme.put("*.acme.com", "NS", *OURS)
    assert check(dns).verdict is Verdict.VERIFIED
