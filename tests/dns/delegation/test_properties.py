"""What holds for every observation, however strange."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.dns.delegation.cases import HOST, NOW, OTHERS, OURS, PARENTS, delegates, fails, healthy
from webapp.dns.answers import Outcome
from webapp.dns.delegation import Asked, DelegationReport, Expectation, Observation, Verdict, judge
from webapp.dns.judgement.finding import Finding
from webapp.dns.lookup.observation import (
    Alias,
    NameServerSet,
    OurAnswer,
    ParentAnswer,
    ResolverAnswer,
    Says,
    Trouble,
)
from webapp.dns.notes import Note
from webapp.dns.records import RecordSet
from webapp.dns.servers.evidence import Delegation, Dispute

NAMES = st.sampled_from(
    [
        *OURS,
        *OTHERS,
        f"{OURS[0]}.acme.com",
        "192.0.2.1.acme.com",
        "https://ns-101.awsdns-12.com",
        "ns1.other.net",
        ".",
        "a\\.b.acme.com",
    ]
)
SETS = st.one_of(st.frozensets(NAMES, max_size=6), st.just(frozenset(OURS)))
TTLS = st.none() | st.integers(0, 2**31 - 1)
TRANSIENT = st.sampled_from(
    [
        Outcome.SERVFAIL,
        Outcome.REFUSED,
        Outcome.FORMERR,
        Outcome.OTHER,
        Outcome.TIMEOUT,
        Outcome.UNREACHABLE,
        Outcome.NOT_ASKED,
    ]
)
OUTCOMES = st.sampled_from(Outcome)
ALIASES = st.builds(
    Alias, st.sampled_from(["acme.com", HOST, "b.acme.com"]), st.sampled_from(["CNAME", "DNAME"]), NAMES
)
SERVERS = st.sampled_from(["ns1.acme.com", "ns2.acme.com", "ns3.acme.com"])
ADDRESSES = st.sampled_from(["198.51.0.1", "198.51.0.2", ""])

PARENT_ANSWERS = st.builds(
    ParentAnswer,
    SERVERS,
    ADDRESSES,
    OUTCOMES,
    st.none() | st.sampled_from(Says),
    SETS,
    TTLS,
    st.none() | ALIASES,
    st.none() | st.sampled_from([(), ("1 13 2 AB",)]),
    st.sampled_from([True, True, False]),
    st.sampled_from(["", "", "*.acme.com"]),
)
OUR_ANSWERS = st.builds(
    OurAnswer,
    st.sampled_from(OURS),
    OUTCOMES,
    ADDRESSES,
    st.booleans(),
    st.sampled_from([None, HOST, "acme.com"]),
    SETS,
)
DISPUTES = st.builds(
    Dispute,
    st.sampled_from(["above", "parent", "ours"]),
    SERVERS,
    st.just((("192.0.2.53:53", frozenset(["198.51.0.1"])), ("", frozenset[str]()))),
)
SERVING = tuple(OurAnswer(name, Outcome.NOERROR, "", True, HOST, frozenset(OURS)) for name in OURS)
#: Whom the zones above name, in every mixture of the parent's servers, ours, and a former set of ours.
DELEGATIONS = st.builds(
    Delegation,
    st.sampled_from(["acme.com", "b.acme.com"]),
    st.just("com"),
    st.frozensets(st.sampled_from([*PARENTS, *OURS, *OTHERS]), min_size=1, max_size=6),
    st.none() | st.integers(0, 2**31),
    st.frozensets(st.sampled_from(OURS), max_size=1),
    st.booleans(),
)
ANYTHING = st.builds(
    Observation,
    parent_zone=st.sampled_from(["acme.com", "acme.com", "com", ".", None]),
    parent_needed=st.integers(0, 2),
    parent_answers=st.lists(PARENT_ANSWERS, max_size=4).map(tuple),
    parent_set=st.sampled_from([NameServerSet.AGREED, *NameServerSet]),
    parent_named_above=st.frozensets(SERVERS, max_size=3),
    parent_disputed=st.sampled_from([False, False, True]),
    disputes=st.lists(DISPUTES, max_size=2).map(tuple),
    trouble=st.none() | st.sampled_from(Trouble),
    in_the_way=st.lists(st.just(RecordSet(HOST, "A", 60, ("192.0.2.1",))), max_size=1).map(tuple),
    aliases_above=st.lists(ALIASES, max_size=1).map(tuple),
    misplaced_at=st.sampled_from([(), (), ("chat.acme.com.acme.com",), ("acme.com",)]),
    wildcard=st.sampled_from(["", "", "", "*.acme.com", None]),
    delegations=st.lists(DELEGATIONS, max_size=2).map(tuple),
    remembered_ttl=st.none() | st.integers(0, 2**31),
    ours=st.one_of(st.just(SERVING), st.lists(OUR_ANSWERS, max_size=4).map(tuple)),
    ds_matches=st.none() | st.booleans(),
    parent_unsigned=st.booleans(),
    resolvers=st.lists(
        st.builds(ResolverAnswer, st.just("192.0.2.53:53"), OUTCOMES, SETS, TTLS, *[st.booleans()] * 4),
        max_size=3,
    ).map(tuple),
    complete=st.booleans(),
)
RESOLVER = ResolverAnswer("192.0.2.53:53", Outcome.NOERROR, frozenset(OURS), 600)
ONE_DEAD = healthy(parent_answers=(delegates(PARENTS[0]), fails("ns.dead.com")), resolvers=(RESOLVER,))


def near(*right: Observation) -> st.SearchStrategy[Observation]:
    """One of these with something else in a few of its fields. Of anything at all, next to nothing is verified."""
    some = st.sets(st.sampled_from([field.name for field in fields(Observation)]), max_size=2)
    return st.builds(_with_fields_of, st.sampled_from(right), ANYTHING, some)


def _with_fields_of(right: Observation, other: Observation, names: set[str]) -> Observation:
    return replace(right, **{name: getattr(other, name) for name in names})


OBSERVATIONS = ANYTHING | near(healthy(), healthy(resolvers=(RESOLVER,)), ONE_DEAD)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.sampled_from([None, UTC]))  # noqa: DTZ001
EXPECTATIONS = st.builds(
    Expectation,
    st.just(HOST),
    st.sampled_from([OURS, OURS, OURS[:2], ()]),
    st.sampled_from([(), OTHERS, OURS]),
    st.booleans(),
    st.none() | MOMENTS,
    st.booleans(),
)

# Not one of the answers says anything about the name.
ONLY_TRANSIENT = st.builds(
    Observation,
    parent_zone=st.sampled_from(["acme.com", None]),
    parent_needed=st.integers(0, 2),
    parent_answers=st.lists(st.builds(ParentAnswer, SERVERS, ADDRESSES, TRANSIENT), max_size=4).map(tuple),
    trouble=st.none() | st.sampled_from(Trouble),
    ours=st.lists(st.builds(OurAnswer, st.sampled_from(OURS), TRANSIENT), max_size=4).map(tuple),
    resolvers=st.lists(st.builds(ResolverAnswer, st.just("r"), TRANSIENT), max_size=3).map(tuple),
    complete=st.booleans(),
)


@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_judging_never_raises_and_always_has_words(
    expectation: Expectation, observation: Observation, now: datetime
) -> None:
    report = judge(expectation, observation, now)
    assert report.message
    assert report.next_step
    assert all(hint.message for hint in report.hints)
    assert report.verdict not in {Verdict.RESOLVE_BROKEN, Verdict.PROPAGATING}


@given(EXPECTATIONS, ONLY_TRANSIENT, MOMENTS)
def test_what_could_not_be_asked_is_never_firm(
    expectation: Expectation, observation: Observation, now: datetime
) -> None:
    report = judge(expectation, observation, now)
    assert report.transient
    assert not report.verified


@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_verified_means_equality_at_every_server_that_answered(
    expectation: Expectation, observation: Observation, now: datetime
) -> None:
    report = judge(expectation, observation, now)
    if not report.verified:
        return
    spoke = [answer for answer in observation.parent_answers if answer.says]
    assert len(spoke) >= max(1, observation.parent_needed)
    assert {answer.says for answer in spoke} - {Says.OWN_ZONE} == {Says.DELEGATED}
    if observation.parent_set in {NameServerSet.DIFFERENT, NameServerSet.DENIED}:
        named = {answer.server for answer in spoke} & observation.parent_named_above
        assert len(named) >= max(1, observation.parent_needed)
    expected = frozenset(expectation.name_servers)
    assert all(a.name_servers == expected for a in spoke if a.says is Says.DELEGATED)
    served = {ours.server for ours in observation.ours if ours.authoritative and ours.soa_owner == HOST}
    assert served >= expected
    assert not any(a.ds for a in spoke) or observation.ds_matches
    assert expectation.zone_in_sync
    assert observation.trouble is None
    assert not observation.parent_disputed
    assert len({answer.server for answer in spoke if answer.confirmed}) >= max(1, observation.parent_needed)
    assert expectation.proved or not any(said.denies or said.unsettled for said in observation.resolvers)
    assert expectation.proved or observation.wildcard == ""


def deciding(observation: Observation) -> list[ParentAnswer]:
    """The answers of the parent's servers at addresses that are sure, of those that the zone above names."""
    told = [answer for answer in observation.parent_answers if answer.says and answer.confirmed]
    if observation.parent_set in {NameServerSet.DIFFERENT, NameServerSet.DENIED}:
        return [answer for answer in told if answer.server in observation.parent_named_above]
    return told


@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_no_observation_verifies_in_which_the_deciding_servers_list_anything_but_ours(
    expectation: Expectation, observation: Observation, now: datetime
) -> None:
    ours = frozenset(expectation.name_servers)
    at_ours = {one.address for one in observation.ours if one.address}
    decide = [a for a in deciding(observation) if a.says is not Says.OWN_ZONE or a.address not in at_ours]
    right = [answer for answer in decide if answer.says is Says.DELEGATED and answer.name_servers == ours]
    if right and ours and right == decide and not observation.wildcard:
        return
    assert not judge(expectation, observation, now).verified


@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_neither_an_inside_view_nor_an_unsigned_parent_makes_up_for_the_parents_servers(
    expectation: Expectation, observation: Observation, now: datetime
) -> None:
    resolvers = tuple(replace(one, inside=True, denies=False) for one in observation.resolvers)
    helped = replace(observation, resolvers=resolvers, parent_unsigned=True, parent_answers=())
    assert not judge(expectation, helped, now).verified


@given(near(ONE_DEAD), near(ONE_DEAD))
def test_no_history_verifies_what_the_parent_does_not_list_now(
    before: Observation, seen: Observation
) -> None:
    history = None
    for minutes in (0, 30, 60, 90):
        earlier = judge(Expectation(HOST, OURS, history=history), before, NOW + timedelta(minutes=minutes))
        history = earlier.history
    report = judge(Expectation(HOST, OURS, history=history), seen, NOW + timedelta(hours=2))
    if not report.verified:
        return
    spoke = [answer for answer in seen.parent_answers if answer.says]
    assert any(answer.confirmed for answer in spoke)
    assert {answer.says for answer in spoke} - {Says.OWN_ZONE} == {Says.DELEGATED}
    assert all(a.name_servers == frozenset(OURS) for a in spoke if a.says is Says.DELEGATED)
    assert not any(resolver.denies or resolver.unsettled for resolver in seen.resolvers)
    assert seen.trouble is None
    assert not seen.wildcard


@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_a_page_can_mark_every_name_server(
    expectation: Expectation, observation: Observation, now: datetime
) -> None:
    report = judge(expectation, observation, now)
    assert set(report.found) == (set(report.expected) - set(report.missing)) | set(report.unexpected)
    assert [name for name, _ in report.marks] == [*report.expected, *report.unexpected]


@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_nothing_is_firm_without_the_servers_that_the_zone_above_names(
    expectation: Expectation, observation: Observation, now: datetime
) -> None:
    differ = replace(observation, parent_set=NameServerSet.DIFFERENT, parent_named_above=frozenset())
    report = judge(expectation, differ, now)
    assert report.transient
    assert not report.verified


TEXTS = st.text(max_size=20)
TUPLES = st.lists(TEXTS, max_size=3).map(tuple)
PARAMS = st.dictionaries(TEXTS, TEXTS | st.integers() | st.lists(TEXTS, max_size=2), max_size=2)
AWARE = st.datetimes(timezones=st.sampled_from([UTC]))
REPORTS = st.builds(
    DelegationReport,
    verdict=st.sampled_from(Verdict),
    host=TEXTS,
    parent_zone=st.none() | TEXTS,
    relative_name=st.none() | TEXTS,
    expected=TUPLES,
    found=TUPLES,
    missing=TUPLES,
    unexpected=TUPLES,
    asked=st.lists(
        st.builds(
            Asked,
            TEXTS,
            TEXTS,
            TEXTS,
            TEXTS,
            TEXTS,
            st.booleans(),
            TUPLES,
            TTLS,
            st.integers(0, 10**6),
            st.sampled_from(["parent", "ours", "resolver"]),
            TEXTS,
            st.lists(st.builds(Note, TEXTS, PARAMS), max_size=2).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    who_acts=st.sampled_from(["you", "we", "nobody"]),
    transient=st.booleans(),
    further=st.lists(st.builds(Finding, st.sampled_from(Verdict), TEXTS, PARAMS), max_size=2).map(tuple),
    old_answers_until=st.none() | AWARE,
    checked_at=AWARE,
    duration_ms=st.integers(0, 10**6),
    reason=TEXTS,
    params=PARAMS,
)


@given(REPORTS)
def test_stored_report_is_read_back_unchanged(report: DelegationReport) -> None:
    assert DelegationReport.from_dict(json.loads(json.dumps(report.to_data()))) == report


@given(EXPECTATIONS, OBSERVATIONS, MOMENTS)
def test_every_form_of_a_report_reads_back_with_the_same_words(
    expectation: Expectation, observation: Observation, now: datetime
) -> None:
    report = judge(expectation, observation, now)
    for form in (report.to_data(), report.to_dict()):
        again = DelegationReport.from_dict(json.loads(json.dumps(form)))
        assert again == report
        assert again.to_dict() == report.to_dict()


def test_a_report_of_today_is_read_without_fields_of_tomorrow() -> None:
    report = judge(Expectation(HOST, OURS), Observation(), NOW + timedelta(days=1))
    assert DelegationReport.from_dict(report.to_dict() | {"new_field": 1}) == report


@given(
    EXPECTATIONS,
    OBSERVATIONS,
    st.frozensets(st.sampled_from([*OURS, *OTHERS]), min_size=1),
    st.lists(st.tuples(st.sampled_from([*PARENTS, *OURS, *OTHERS]), SETS), max_size=4),
    MOMENTS,
)
def test_ours_alone_at_the_registrar_never_verify(
    expectation: Expectation,
    observation: Observation,
    named: frozenset[str],
    said: list[tuple[str, frozenset[str]]],
    now: datetime,
) -> None:
    """Whoever answers: what the zone above names is ours, and ours prove nothing."""
    expectation = replace(expectation, name_servers=OURS, former_name_servers=OTHERS)
    answers = tuple(delegates(server, names) for server, names in said)
    led = replace(
        observation,
        parent_answers=answers,
        parent_set=NameServerSet.DIFFERENT,
        parent_named_above=named,
        delegations=(Delegation("acme.com", "com", named, 172_800),),
    )
    report = judge(expectation, led, now)
    assert not report.verified
    assert report.alarm is not None
    assert not report.parent_asked
