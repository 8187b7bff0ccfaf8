"""What was measured, and the outcome that it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.messages.catalogue import sentence
from webapp.messages.sentences.probes import next_step, who_acts
from webapp.models import Message, ProbeOutcome
from webapp.probes.judge import Judgement, judge, warning_of
from webapp.probes.visits.facts import CertificateSeen, Facts, Reached, Reply, Trust, Visit

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NAME, EDGE, OTHER = "chat.acme.com", "203.0.113.80", "198.51.100.7"
PATH = "/.well-known/nameplate/abcdefghijklmnopqrstuv"
P = ProbeOutcome


def certificate(days: float = 60, life: float = 90) -> CertificateSeen:
    ends = NOW + timedelta(days=days)
    return CertificateSeen("An Authority, A1", (NAME,), ends - timedelta(days=life), ends)


OURS = Reply(200, ours=True)
LIVE = Visit(EDGE, Reached.CONNECTED, Trust.TRUSTED, certificate(), OURS, 20)


def judged(
    *visits: Visit, resolved: bool = True, edge: tuple[str, ...] = (), delegated: bool = False
) -> Judgement:
    return judge(Facts(NAME, PATH, resolved, visits), NOW, edge, delegated=delegated)


@pytest.mark.parametrize(
    ("visit", "outcome"),
    [
        (LIVE, P.LIVE),
        (replace(LIVE, certificate=certificate(10)), P.CERTIFICATE_SOON),
        (Visit(EDGE, Reached.FILTERED), P.REFUSED_ADDRESS),
        (Visit(EDGE, Reached.CLOSED), P.REFUSED_PORT),
        (Visit(EDGE, Reached.SILENT), P.SILENT_PORT),
        (Visit(EDGE, Reached.NO_TLS), P.TLS_BROKEN),
        (Visit(EDGE, Reached.UNASKED), P.NOT_ASKED),
        (replace(LIVE, trust=Trust.OTHER_NAME), P.CERTIFICATE_OTHER),
        (replace(LIVE, trust=Trust.UNTRUSTED), P.CERTIFICATE_UNTRUSTED),
        (replace(LIVE, trust=Trust.ENDED), P.CERTIFICATE_ENDED),
        (replace(LIVE, trust=Trust.ENDED, certificate=None, reply=None), P.CERTIFICATE_ENDED),
        (replace(LIVE, trust=Trust.OTHER_NAME, reply=Reply(404, network="Fastly")), P.PROXIED),
        (replace(LIVE, reply=Reply(530, network="Cloudflare")), P.PROXIED),
        (replace(LIVE, reply=Reply(302, location="https://acme.com/")), P.REDIRECTED),
        (replace(LIVE, reply=Reply(302, location=f"https://{NAME}{PATH}")), P.REDIRECT_LOOP),
        (replace(LIVE, reply=Reply(302, location=f"//{NAME}.:443{PATH}")), P.REDIRECT_LOOP),
        (replace(LIVE, reply=Reply(302, location="https://[")), P.REDIRECTED),
        (replace(LIVE, reply=Reply(302)), P.POINTS_ELSEWHERE),
        (replace(LIVE, reply=Reply(404, nobody=True)), P.NOT_SERVED),
        (replace(LIVE, reply=Reply(504)), P.EDGE_AWAY),
        (replace(LIVE, reply=None), P.EDGE_AWAY),
        (replace(LIVE, reply=Reply(404)), P.POINTS_ELSEWHERE),
    ],
)
def test_one_address(visit: Visit, outcome: ProbeOutcome) -> None:
    assert judged(visit).outcome is outcome


def test_what_could_not_be_asked_is_not_what_is_not_there() -> None:
    assert judged(resolved=False).outcome is P.NOT_ASKED
    assert judged().outcome is P.UNRESOLVED


def test_every_address_counts_but_those_that_this_machine_cannot_reach() -> None:
    closed, unasked = Visit("2001:db8::1", Reached.CLOSED), Visit("2001:db8::1", Reached.UNASKED)
    assert judged(LIVE, closed).outcome is P.REFUSED_PORT
    assert judged(LIVE, closed).params["address"] == "2001:db8::1"
    assert judged(LIVE, unasked).outcome is P.LIVE
    ends_first = replace(LIVE, address=OTHER, certificate=certificate(20))
    assert judged(LIVE, ends_first).visit is ends_first


def test_headers_of_a_client_at_our_edge_are_no_network() -> None:
    strange = replace(LIVE, reply=Reply(404, network="Cloudflare"))
    assert judged(strange, edge=(EDGE,)).outcome is P.POINTS_ELSEWHERE
    assert judged(strange, edge=(OTHER,)).outcome is P.PROXIED


@pytest.mark.parametrize(
    ("edge", "closed", "elsewhere"), [((), "we", "you"), ((EDGE,), "we", "we"), ((OTHER,), "you", "you")]
)
def test_whose_turn_it_is_follows_from_whose_address_it_is(
    edge: tuple[str, ...], closed: str, elsewhere: str
) -> None:
    for visit, turn in (
        (Visit(EDGE, Reached.CLOSED), closed),
        (replace(LIVE, reply=Reply(404)), elsewhere),
    ):
        found = judged(visit, edge=edge)
        seen = Message(found.outcome, found.params)
        assert who_acts(seen) == turn
        assert ("our staff sees it" in next_step(seen)) == (turn == "we")
        assert ("which is not one of ours" in sentence(seen)) == (edge == (OTHER,))


@pytest.mark.parametrize("edge", [(), (EDGE,), (OTHER,)])
def test_people_of_a_delegated_name_have_nothing_to_change(edge: tuple[str, ...]) -> None:
    """All its records are in our zone: an address that is not ours is what a resolver remembers."""
    old = replace(LIVE, address=OTHER, reply=Reply(404))
    for visit in (old, Visit(OTHER, Reached.FILTERED), replace(old, reply=Reply(302, location="/"))):
        found = judged(visit, edge=edge, delegated=True)
        seen = Message(found.outcome, found.params)
        assert who_acts(seen) == "we"
        assert ("remember the old address" in next_step(seen)) == (edge == (EDGE,))
        assert "delete" not in next_step(seen)
    assert "delegated" not in judged(old).params


SHORT = {"name": NAME, "address": OTHER, "addresses": 2, "edge": False, "status": 404, "server": "Apache"}
MORE = {
    "network": "Cloudflare",
    "names": ["acme.com"],
    "issuer": "An Authority",
    "location": "https://acme.com/",
}


@pytest.mark.parametrize("outcome", ProbeOutcome)
def test_first_sentence_is_short_and_the_rest_says_where(outcome: ProbeOutcome) -> None:
    for params in (SHORT, {**SHORT, "edge": True}, {"name": NAME, "address": EDGE}):
        seen = Message(outcome, {"status": 503, **MORE, "ends": NOW.isoformat(), **params})
        said = sentence(seen)
        assert len(re.split(r"[.:] ", said)[0].split()) <= 15, said
        assert "edge" not in said + next_step(seen), "a word of ours"
        if not outcome.works and outcome not in {P.UNRESOLVED, P.NOT_ASKED}:
            assert str(params["address"]) in said


@pytest.mark.parametrize(
    ("days", "life", "warning"),
    [
        (15, 90, None),
        (14, 90, 14),
        (4, 90, 14),
        (3, 90, 3),
        (-1, 90, 3),
        (6, 7, None),  # a certificate of a week has just begun
        (1.5, 7, 14),
        (0.5, 7, 3),
        (12, 47, None),
        (11, 47, 14),
    ],
)
def test_when_people_are_warned_of_the_end(days: float, life: float, warning: int | None) -> None:
    assert warning_of(certificate(days, life), NOW) == warning


VISITS = st.builds(
    Visit,
    address=st.sampled_from([EDGE, OTHER, "2001:db8::1"]),
    reached=st.sampled_from(Reached),
    trust=st.none() | st.sampled_from(Trust),
    certificate=st.none() | st.builds(certificate, st.floats(-10, 90), st.floats(1, 400)),
    reply=st.none()
    | st.builds(
        Reply,
        status=st.integers(100, 599),
        ours=st.booleans(),
        nobody=st.booleans(),
        location=st.text(max_size=30) | st.just(f"https://{NAME}{PATH}"),
        server=st.text(max_size=10),
        network=st.sampled_from(["", "Fastly"]),
    ),
)


@given(st.booleans(), st.lists(VISITS, max_size=4), st.sampled_from([(), (EDGE,), (OTHER,)]))
def test_whatever_was_seen_is_judged_and_said(
    resolved: bool, visits: list[Visit], edge: tuple[str, ...]
) -> None:
    found = judged(*(visits if resolved else ()), resolved=resolved, edge=edge)
    seen = Message(found.outcome, found.params)
    assert sentence(seen).rstrip().endswith((".", "…"))
    assert who_acts(seen) in {"you", "we", "nobody"}
    assert bool(next_step(seen)) == (found.outcome is not P.LIVE)
    if found.outcome.works:
        asked = [visit for visit in visits if visit.reached is not Reached.UNASKED]
        assert all(one.trust is Trust.TRUSTED and one.reply and one.reply.ours for one in asked)
