"""What holds for every observation, however strange, and for every mixture of servers."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

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
    seen,
    world,
    zone_seen,
)
from tests.twins.dns import Fault
from webapp.dns.answers import Outcome
from webapp.dns.judgement.verdict import AtParent, Verdict
from webapp.dns.lookup.observation import (
    Alias,
    NameServerSet,
    Observation,
    ParentAnswer,
    ResolverAnswer,
    Says,
    Trouble,
)
from webapp.dns.records_method import (
    RecordsExpectation,
    RecordsObservation,
    RecordsReport,
    Stage,
    ValidationRecord,
    judge,
    verify,
)
from webapp.dns.records_method.lookup.observation import (
    BeyondAnswer,
    HostAnswer,
    TextAnswer,
    ValidationAnswer,
)

THIRD = "ns3.acme.com"
PLACES = st.sampled_from([*zip((*SERVERS, THIRD), ("198.51.0.1", "198.51.0.2", "198.51.0.3"), strict=True)])
OUTCOMES = st.sampled_from(Outcome)
TTLS = st.none() | st.integers(0, 2**31 - 1)
TEXTS = st.lists(
    st.sampled_from([TOKEN, OTHER_TOKEN, TOKEN.upper(), TOKEN[:9], "v=spf1 -all", "", "\x00é“"]), max_size=3
).map(tuple)
NAMES = st.lists(
    st.sampled_from([TARGET, OTHER_TARGET, f"{TARGET}.{ZONE}", "old.example", HOST, ".", "a\\.b.acme.com"]),
    max_size=3,
).map(tuple)
ADDRESSES = st.frozensets(st.sampled_from([*EDGE, "192.0.2.7", "104.16.0.1"]), max_size=4)
ALIASES = st.builds(
    Alias,
    st.sampled_from([ZONE, HOST, LABEL]),
    st.sampled_from(["CNAME", "DNAME"]),
    st.sampled_from(["old.example", f"{TOKEN}.{ZONE}", "."]),
)
PARENT_ANSWERS = st.builds(
    lambda place, **fields: ParentAnswer(*place, **fields),
    PLACES,
    outcome=OUTCOMES,
    says=st.sampled_from([Says.ABSENT, Says.ABSENT, Says.ABSENT, None, *Says]),
    name_servers=st.frozensets(st.sampled_from(["ns.other.net", "token", "target"]), max_size=2),
    ttl=TTLS,
    alias=st.none() | ALIASES,
    confirmed=st.sampled_from([True, True, True, False]),
)
RESOLVERS = st.builds(
    ResolverAnswer,
    st.just("192.0.2.53:53"),
    OUTCOMES,
    st.sampled_from([frozenset({"token"}), frozenset({"target"}), frozenset()]),
    TTLS,
    *[st.sampled_from([False, False, False, True])] * 4,
)
ZONES = st.builds(
    Observation,
    parent_zone=st.sampled_from([ZONE, ZONE, HOST, "com", ".", None]),
    parent_needed=st.integers(0, 2),
    parent_answers=st.lists(PARENT_ANSWERS, max_size=4).map(tuple) | st.just(zone_seen().parent_answers),
    parent_set=st.sampled_from([NameServerSet.AGREED, *NameServerSet]),
    parent_named_above=st.frozensets(st.sampled_from([*SERVERS, THIRD]), max_size=3),
    parent_disputed=st.sampled_from([False, False, True]),
    trouble=st.none() | st.sampled_from([None, *Trouble]),
    misplaced_at=st.sampled_from([(), (), (HOST,), ("*.acme.com",), (f"{LABEL}.{ZONE}",)]),
    wildcard=st.sampled_from(["", "", "*.acme.com", None]),
    answers_any_name=st.booleans(),
    resolvers=st.lists(RESOLVERS, max_size=3).map(tuple) | st.just(zone_seen().resolvers),
    complete=st.booleans(),
)
TEXT_ANSWERS = st.builds(
    lambda place, *fields: TextAnswer(*place, *fields),
    PLACES,
    OUTCOMES,
    st.sampled_from([True, True, False]),
    TEXTS,
    TTLS,
)
HOST_ANSWERS = st.builds(
    lambda place, **fields: HostAnswer(*place, **fields),
    PLACES,
    outcome=OUTCOMES,
    told=st.sampled_from([True, True, False]),
    names=NAMES,
    addresses=ADDRESSES,
    ttl=TTLS,
    loop=st.booleans(),
    open=st.booleans(),
    lost=st.sampled_from([False, False, True]),
)
BEYOND = st.builds(
    BeyondAnswer,
    st.sampled_from(["old.example", OTHER_TARGET, "."]),
    st.just("192.0.2.53:53"),
    OUTCOMES,
    st.booleans(),
    NAMES,
    st.booleans(),
)
OBSERVATIONS = st.builds(
    RecordsObservation,
    ZONES | st.just(zone_seen()),
    st.lists(TEXT_ANSWERS, max_size=4).map(tuple) | st.just(seen().texts),
    st.lists(HOST_ANSWERS, max_size=4).map(tuple) | st.just(seen().hosts),
    st.lists(BEYOND, max_size=3).map(tuple),
    TEXTS,
    st.sampled_from(["", "", "*.acme.com", None]),
    ADDRESSES,
    st.lists(RESOLVERS, max_size=3).map(tuple),
    st.none() | st.builds(ValidationAnswer, st.booleans(), st.sampled_from(["", "x.example"]), st.booleans()),
)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.sampled_from([None, UTC]))  # noqa: DTZ001
EXPECTATIONS = st.builds(
    RecordsExpectation,
    st.sampled_from([HOST, HOST, ZONE]),
    st.just(TOKEN),
    st.just(TARGET),
    st.sampled_from([(), EDGE]),
    st.booleans(),
    validation=st.none() | st.just(ValidationRecord(f"_a1.{HOST}", "_b2.acm-validations.aws")),
    former_tokens=st.sampled_from([(), (OTHER_TOKEN,)]),
    former_targets=st.sampled_from([(), (OTHER_TARGET,)]),
    proved=st.booleans(),
    inconsistent_since=st.none() | MOMENTS,
    listed_before=st.none() | st.booleans(),
)


@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_judging_never_raises_and_always_has_words(
    expected: RecordsExpectation, observation: RecordsObservation, now: datetime
) -> None:
    report = judge(expected, observation, now)
    assert report.message
    assert report.next_step
    assert all(hint.message for hint in report.hints)
    assert report.verdict not in {Verdict.RESOLVE_BROKEN, Verdict.PROPAGATING, Verdict.VALIDATION_MISSING}
    assert report.verified is (report.stage is Stage.VERIFIED)
    assert [name for name, _ in report.marks] == [*report.expected, *report.unexpected]
    for form in (report.to_data(), report.to_dict()):
        again = RecordsReport.from_dict(json.loads(json.dumps(form)))
        assert (again, again.to_dict()) == (report, report.to_dict())


def deciding(observation: RecordsObservation) -> list[ParentAnswer]:
    """The answers of the zone's servers at addresses that are sure, of those that the zone above names."""
    zone = observation.zone
    told = [answer for answer in zone.parent_answers if answer.says and answer.confirmed]
    if zone.parent_set in {NameServerSet.DIFFERENT, NameServerSet.DENIED}:
        return [answer for answer in told if answer.server in zone.parent_named_above]
    return told


def has_token(observation: RecordsObservation, said: ParentAnswer) -> bool:
    """Whether the first answer of that server about the token has it, out of the zone itself."""
    texts = (one for one in observation.texts if (one.server, one.address) == (said.server, said.address))
    first = next(texts, None)
    return said.says is Says.ABSENT and first is not None and first.told and TOKEN in first.texts


@settings(max_examples=400)
@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_nothing_is_proved_unless_the_quorum_of_the_zones_own_servers_has_the_token(
    expected: RecordsExpectation, observation: RecordsObservation, now: datetime
) -> None:
    report = judge(expected, observation, now)
    if not (report.verified or report.proved):
        return
    zone, decide = observation.zone, deciding(observation)
    having = {said.server for said in decide if has_token(observation, said)}
    assert len(having) >= max(1, zone.parent_needed)
    first = {(one.server, one.address): one for one in reversed(observation.texts)}
    for said in zone.parent_answers:
        told = first.get((said.server, said.address))
        if said.says is Says.ABSENT and told is not None and told.told:
            assert TOKEN in told.texts, "one server has another token, or none"
    assert not any(said.says in {Says.OWN_ZONE, Says.DELEGATED} for said in zone.parent_answers)
    assert (zone.trouble, zone.parent_disputed) == (None, False)
    assert zone.parent_zone is not None
    if not expected.proved:
        assert zone.resolvers
        assert not any(one.denies or one.unsettled for one in zone.resolvers)
        assert zone.wildcard == ""


@settings(max_examples=400)
@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_nothing_is_verified_unless_the_servers_lead_to_us(
    expected: RecordsExpectation, observation: RecordsObservation, now: datetime
) -> None:
    if not judge(expected, observation, now).verified:
        return
    places = {(said.server, said.address) for said in deciding(observation)}
    hosts = [one for one in observation.hosts if one.told and (one.server, one.address) in places]
    assert len({one.server for one in hosts}) >= max(1, observation.zone.parent_needed)
    ours = frozenset(expected.edge_addresses) or observation.target_addresses
    words = [one for one in observation.beyond if one.told]
    for server in {one.server for one in hosts}:
        said = next(one for one in hosts if one.server == server)
        led = any(TARGET in one.names for one in words) and said.open
        assert TARGET in said.names or led or (said.addresses and said.addresses <= ours)


TRANSIENT = st.sampled_from([one for one in Outcome if not one.answered])
#: Not one of the answers says anything about the name.
SILENCE = st.builds(
    RecordsObservation,
    st.builds(
        Observation,
        parent_zone=st.sampled_from([ZONE, None]),
        parent_needed=st.integers(0, 2),
        parent_answers=st.lists(
            st.builds(lambda place, outcome: ParentAnswer(place[0], place[1], outcome), PLACES, TRANSIENT),
            max_size=4,
        ).map(tuple),
        trouble=st.none() | st.sampled_from(Trouble),
        complete=st.booleans(),
    ),
)


@given(EXPECTATIONS, SILENCE, MOMENTS)
def test_what_could_not_be_asked_neither_proves_nor_contradicts(
    expected: RecordsExpectation, observation: RecordsObservation, now: datetime
) -> None:
    report = judge(expected, observation, now)
    assert report.transient
    assert report.verdict.facts.at_parent is AtParent.NOT_ASKED
    assert report.stage is Stage.UNKNOWN
    assert {mark for _, mark in report.marks} == {"unknown"}


@given(OBSERVATIONS, OBSERVATIONS)
def test_no_history_proves_what_is_not_there_now(
    before: RecordsObservation, now_seen: RecordsObservation
) -> None:
    history = None
    for minutes in (0, 30, 60, 90):
        history = judge(expectation(history=history), before, NOW + timedelta(minutes=minutes)).history
    report = judge(expectation(history=history), now_seen, NOW + timedelta(hours=2))
    if report.proved:
        assert any(has_token(now_seen, said) for said in deciding(now_seen))
        assert not any(one.denies or one.unsettled for one in now_seen.zone.resolvers)
        assert now_seen.zone.wildcard == ""


#: What one server of the zone has, and how it behaves.
SETS = st.tuples(
    st.sampled_from(["token", "token", "token", "other", "both", "none", "wildcard"]),
    st.sampled_from(["target", "target", "other", "addresses", "none"]),
    st.sampled_from([None, None, None, *(one for one in Fault if one is not Fault.HANGS)]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SETS, min_size=1, max_size=3), st.sampled_from(["sees", "denies", "sees other"]))
def test_no_mixture_of_servers_verifies_without_two_that_have_the_token(
    sets: list[tuple[str, str, Fault | None]], second_resolver: str
) -> None:
    dns, _ = world(token=None, target=None, resolvers=2)
    names = (*SERVERS, THIRD)[: len(sets)]
    dns.zone(ZONE, *names)
    for name, (token, target, fault) in zip(names, sets, strict=True):
        copy = dns.copy_at(name, ZONE)
        values = {"token": [TOKEN], "other": [OTHER_TOKEN], "both": [OTHER_TOKEN, TOKEN]}.get(token, [])
        copy.put(LABEL, "TXT", *map(quoted, values))
        copy.put("*.acme.com", "TXT", *([quoted(TOKEN)] if token == "wildcard" else []))
        copy.put(HOST, "CNAME", *{"target": [TARGET], "other": ["old.example"]}.get(target, []))
        copy.put(HOST, "A", *([EDGE[0]] if target == "addresses" else []))
        dns.server(name).fault = fault
    if second_resolver != "sees":
        world_of_another = world(token=OTHER_TOKEN if second_resolver == "sees other" else None)[0]
        dns.recursive[1].says[LABEL, "TXT"] = world_of_another._recurse(LABEL, "TXT")
    report = check(dns)
    good = [one for one in sets if one[0] in {"token", "both"} and one[2] is None]
    sometimes = [one for one in sets if one[0] in {"token", "both"} and one[2] is Fault.AT_TIMES]
    if report.proved:
        assert second_resolver == "sees"
        assert len(good) + len(sometimes) >= min(2, len(sets))
        assert all(one[0] in {"token", "both"} for one in sets if one[2] is None)
    if report.verified:
        assert all(one[1] == "target" for one in sets if one[2] is None)
    if len(good) == len(sets) and second_resolver == "sees" and all(one[1] == "target" for one in sets):
        assert report.verified


def test_the_properties_are_about_something() -> None:
    """Else a judge that proves nothing would fulfil them all."""
    assert judge(expectation(), seen(), NOW).verified
    assert asyncio.run(verify(expectation(), world()[0], NOW)).verified
    assert not judge(expectation(), replace(seen(), texts=()), NOW).proved
