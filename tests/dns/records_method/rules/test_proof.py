"""Each condition of a proof by itself: without it, nothing is verified."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.dns.records_method.cases import (
    NOW,
    SERVERS,
    TOKEN,
    absent,
    expectation,
    host,
    resolver,
    seen,
    text,
    zone_seen,
)
from tests.dns.records_method.rules.table import NOBODY
from webapp.dns.answers import Outcome
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.observation import Alias, NameServerSet, Says, Trouble
from webapp.dns.records_method import RecordsObservation, RecordsReport, Stage, judge

FIRST, SECOND = SERVERS


def answering(**changes: Any) -> dict[str, Any]:
    return {"parent_answers": (absent(FIRST), absent(SECOND, **changes))}


WITHOUT: dict[str, RecordsObservation] = {
    "one server is silent": seen(zone=answering(says=None, outcome=Outcome.TIMEOUT)),
    "one server did not tell of the token": replace(seen(), texts=(text(FIRST, TOKEN),)),
    "one server answered without AA": replace(
        seen(), texts=(text(FIRST, TOKEN), text(SECOND, TOKEN, told=False))
    ),
    "one server has another token": replace(seen(), texts=(text(FIRST, TOKEN), text(SECOND, "x"))),
    "it is not sure that it is the server": seen(zone=answering(confirmed=False)),
    "the zone above names others": seen(
        zone={"parent_set": NameServerSet.DIFFERENT, "parent_named_above": frozenset({FIRST})}
    ),
    "the zone has a zone of its own at the label": seen(zone=answering(says=Says.OWN_ZONE)),
    "the label is delegated": seen(zone=answering(says=Says.DELEGATED, name_servers=frozenset({"ns.x.net"}))),
    "an alias stands above": seen(
        zone=answering(says=Says.ALIAS, alias=Alias("acme.com", "DNAME", "old.example"))
    ),
    "the zone is bogus": seen(zone={"trouble": Trouble.PARENT_BOGUS}),
    "its servers are not sure": seen(zone={"parent_disputed": True}),
    "no zone was found": seen(zone={"parent_zone": None}),
    "a wildcard has the token": seen(zone={"wildcard": "*.acme.com"}),
    "nobody knows whether a wildcard has it": seen(zone={"wildcard": None}),
    "a resolver denies it": seen(zone={"resolvers": (resolver(), resolver(54, denies=True))}),
    "a resolver was not asked": seen(zone={"resolvers": (resolver(), resolver(54, unsettled=True))}),
    "no resolver was asked": seen(zone={"resolvers": ()}),
}


@pytest.mark.parametrize("observation", WITHOUT.values(), ids=WITHOUT)
def test_without_one_condition_nothing_is_proved(observation: RecordsObservation) -> None:
    assert judge(expectation(), seen(), NOW).verified
    report = judge(expectation(), observation, NOW)
    assert not report.verified
    assert not report.proved


NOT_LEADING: dict[str, RecordsObservation] = {
    "one server did not tell of the host": seen(hosts=(host(FIRST, *seen().hosts[0].names),)),
    "one server leads elsewhere": seen(hosts=(seen().hosts[0], host(SECOND, "old.example"))),
    "a wildcard leads it": seen(host_wildcard="*.acme.com"),
    "nobody knows whether a wildcard leads it": seen(host_wildcard=None),
}


@pytest.mark.parametrize("observation", NOT_LEADING.values(), ids=NOT_LEADING)
def test_without_one_condition_the_name_is_only_reserved(observation: RecordsObservation) -> None:
    report = judge(expectation(), observation, NOW)
    assert (report.verified, report.stage) == (False, Stage.RESERVED)


@pytest.mark.parametrize(
    "zone",
    [
        {"wildcard": None},
        {"resolvers": (resolver(denies=True, name_servers=frozenset()),)},
        {"resolvers": ()},
    ],
)
def test_a_name_that_is_verified_already_needs_no_new_proof(zone: dict[str, Any]) -> None:
    assert judge(expectation(proved=True), seen(zone=zone), NOW).verified


def over_an_hour(*observations: RecordsObservation, **changes: Any) -> RecordsReport:
    history = None
    for number, observation in enumerate(observations):
        now = NOW + timedelta(minutes=30 * number)
        report = judge(expectation(history=history, **changes), observation, now)
        history = report.history
    return report


DEAD = replace(
    seen(zone={"parent_answers": (absent(FIRST), NOBODY[1])}),
    texts=(text(FIRST, TOKEN),),
    hosts=seen().hosts[:1],
)


def test_one_server_decides_after_an_hour_beside_a_dead_one() -> None:
    report = over_an_hour(DEAD, DEAD, DEAD)
    assert report.verified
    assert [hint.finding.reason for hint in report.hints] == ["unheard-for-long"]
    assert not over_an_hour(DEAD, DEAD).verified


@pytest.mark.parametrize(
    "last",
    [
        replace(DEAD, texts=(text(FIRST),)),
        replace(DEAD, texts=(text(FIRST, "x"),)),
        replace(DEAD, zone=replace(DEAD.zone, resolvers=(resolver(denies=True, name_servers=frozenset()),))),
        replace(DEAD, zone=replace(DEAD.zone, wildcard="*.acme.com")),
        replace(DEAD, zone=replace(DEAD.zone, wildcard=None)),
        replace(DEAD, zone=replace(DEAD.zone, resolvers=())),
        replace(DEAD, zone=zone_seen(parent_answers=NOBODY)),
    ],
)
def test_no_hour_proves_what_is_not_there_now(last: RecordsObservation) -> None:
    assert not over_an_hour(DEAD, DEAD, DEAD, last).verified


def test_the_server_that_decides_alone_has_to_lead_to_us_as_well() -> None:
    silent = replace(DEAD, hosts=(host(FIRST, told=False, outcome=Outcome.TIMEOUT),))
    assert not over_an_hour(DEAD, DEAD, silent).verified


def test_what_one_server_says_against_a_name_changes_nothing() -> None:
    elsewhere = replace(DEAD, hosts=(host(FIRST, "old.example"),))
    report = over_an_hour(elsewhere, elsewhere, elsewhere)
    assert (report.verdict, report.transient, report.stage) == (
        Verdict.PARENT_UNREACHABLE,
        True,
        Stage.RESERVED,
    )
    without = replace(DEAD, texts=(text(FIRST),))
    assert over_an_hour(DEAD, DEAD, DEAD, without, proved=True).transient
