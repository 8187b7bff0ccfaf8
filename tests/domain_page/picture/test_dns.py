"""What the nodes of DNS show beside their condition."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dns.delegation.cases import NOW, OTHERS, OURS, listing, nothing_there
from tests.dns.delegation.cases import expectation as an_expectation
from tests.dns.judgement.table import A_RECORD, DNAME_ABOVE, TABLE, TXT_RECORD, redirected
from tests.dns.records_method import cases as records
from tests.domain_page.picture.scenes import REPORTS, scene
from webapp.dns.delegation import DelegationReport, Observation, Verdict, judge
from webapp.dns.records_method import RecordsReport
from webapp.dns.records_method import judge as judge_records
from webapp.dns.records_method.words.reasons import WILDCARD_ENDS
from webapp.domain_page.picture.dns import cut, dns_nodes
from webapp.domain_page.picture.nodes import Condition, Instead, Kind, Node
from webapp.domain_page.picture.scene import Scene
from webapp.domain_page.records.instructions import Value
from webapp.models import DomainState
from webapp.proofs.base.method import Stage


def of(observation: Observation) -> DelegationReport:
    return judge(an_expectation(), observation, NOW)


def verdict(which: Verdict) -> DelegationReport:
    _, expectation, observation, _ = next(row for row in TABLE if row[0] is which)
    return judge(expectation, observation, NOW)


def of_records(*, token: bool = True, **changes: object) -> RecordsReport:
    seen = records.seen((records.TOKEN,) if token else (), **changes)  # type: ignore[arg-type]
    return judge_records(records.expectation(), seen, NOW)


def nodes(given: Scene) -> dict[Kind, Node]:
    return {one.kind: one for one in dns_nodes(given)}


def servers(given: Scene) -> Node:
    return nodes(given)[Kind.NAME_SERVERS]


def conditions(node: Node) -> list[str]:
    return [part.condition.value for part in node.parts]


def test_way_leads_to_what_was_typed() -> None:
    typed = f"{OURS[3]}.acme.com"
    node = servers(scene(of(listing((*OURS[:3], typed)))))
    assert (node.condition, node.words) == (Condition.WRONG, "3 of 4 found")
    assert conditions(node) == ["found", "found", "found", "missing"]
    assert node.instead == Instead("Found instead", (typed,))


def test_labels_of_the_four_are_short_and_their_values_whole() -> None:
    node = servers(scene(verdict(Verdict.VERIFIED)))
    assert [part.value for part in node.parts] == list(OURS)
    assert [part.label for part in node.parts] == [name.partition(".")[0] for name in OURS]
    assert conditions(node) == ["found"] * 4


def test_names_beside_all_of_ours_are_found_besides() -> None:
    node = servers(scene(of(listing((*OURS, "ns1.other.net")))))
    assert (node.condition, node.words) == (Condition.WRONG, "All found, and others besides")
    assert node.instead == Instead("Found besides", ("ns1.other.net",))


def test_many_others_are_counted() -> None:
    node = servers(scene(of(listing(OTHERS))))
    assert node.words == "None of them found"
    assert node.instead is not None
    assert (len(node.instead.values), node.instead.more) == (2, len(OTHERS) - 2)


@pytest.mark.parametrize(
    ("observation", "instead"),
    [
        (redirected(DNAME_ABOVE), Instead("Leads to", ("old.example",))),
        (nothing_there(in_the_way=(A_RECORD, TXT_RECORD)), Instead("Found instead", ("A, TXT records",))),
        (nothing_there(in_the_way=(A_RECORD,)), Instead("Found instead", ("A record",))),
        (
            nothing_there(misplaced_at=("chat.acme.com.acme.com",)),
            Instead("Found at another name", ("chat.acme.com.acme.com",)),
        ),
    ],
)
def test_what_stands_in_the_way_is_shown(observation: Observation, instead: Instead) -> None:
    assert servers(scene(of(observation))).instead == instead


def test_records_that_nobody_has_added_yet_wait_and_those_that_are_gone_are_missing() -> None:
    report = verdict(Verdict.NOT_DELEGATED)
    first, lost = scene(report), scene(report, DomainState.VERIFIED)
    assert (servers(first).condition, servers(first).words) == (Condition.WAITING, "Not added yet")
    assert (servers(lost).condition, servers(lost).words) == (Condition.MISSING, "Gone")


def test_old_ds_record_breaks_the_way_behind_the_zone() -> None:
    found = nodes(scene(verdict(Verdict.STALE_DS)))
    assert (found[Kind.ZONE].words, found[Kind.ZONE].breaks_behind) == ("Has an old DS record", True)
    assert found[Kind.NAME_SERVERS].condition is Condition.FOUND


def test_check_that_could_not_ask_takes_nothing_back() -> None:
    before, latest = verdict(Verdict.VERIFIED), verdict(Verdict.PARENT_UNREACHABLE)
    found = nodes(scene(before, DomainState.VERIFIED, latest=latest))
    assert found[Kind.ZONE].condition is Condition.UNKNOWN
    assert found[Kind.NAME_SERVERS].condition is Condition.FOUND


def test_zone_of_which_too_few_servers_answered_is_not_said_to_be_beyond_asking() -> None:
    found = nodes(scene(verdict(Verdict.PARENT_UNREACHABLE)))
    assert found[Kind.ZONE].words == "No answer to rely on"


def test_name_that_waits_for_a_decision_has_made_no_mistake() -> None:
    report = verdict(Verdict.RECORD_IN_THE_WAY)
    node = servers(scene(report, undecided=True))
    assert (node.condition, node.words) == (Condition.WAITING, "Waiting for your decision")
    assert node.instead is not None


def test_what_is_not_prepared_waits_for_us() -> None:
    assert servers(scene(None, stage=Stage.MAKING)).words == "Being prepared"
    refused = servers(scene(None, stage=Stage.REFUSED))
    assert (refused.condition, refused.words) == (Condition.WRONG, "Cannot be prepared")


def test_reserved_name_is_switched_when_its_owner_likes() -> None:
    site = tuple(records.host(server, addresses=frozenset({"203.0.113.7"})) for server in records.SERVERS)
    found = nodes(scene(of_records(hosts=site)))
    assert found[Kind.TOKEN].words == "Found: the name is yours"
    target = found[Kind.TARGET]
    assert (target.condition, target.words) == (Condition.WAITING, "Switch when you like")
    assert target.instead == Instead("Leads today to", ("203.0.113.7",))


def test_served_name_that_leads_elsewhere_is_wrong() -> None:
    elsewhere = tuple(records.host(server, "cdn.other.net") for server in records.SERVERS)
    target = nodes(scene(of_records(hosts=elsewhere), DomainState.FAILING))[Kind.TARGET]
    assert (target.condition, target.words) == (Condition.WRONG, "Leads elsewhere")
    assert target.instead == Instead("Leads to", ("cdn.other.net",))


def test_name_that_leads_to_us_without_a_token_is_not_proved() -> None:
    found = nodes(scene(of_records(token=False)))
    assert found[Kind.TOKEN].condition is Condition.WAITING
    assert found[Kind.TARGET].condition is Condition.FOUND


def test_wildcard_that_ends_with_the_token_stands_in_nobodys_place() -> None:
    report = next(one for _, one in REPORTS if one.reason == WILDCARD_ENDS)
    token = nodes(scene(report, DomainState.FAILING))[Kind.TOKEN]
    assert (token.condition, token.words, token.instead) == (Condition.MISSING, "Gone", None)


def test_middle_of_a_long_value_is_left_out() -> None:
    long = "a" * 100 + "." + "b" * 100
    assert len(cut(long)) == 72 - 1
    assert cut(long).startswith("aaa")
    assert cut(long).endswith("bbb")
    assert cut("short.example") == "short.example"


def told(
    which: str, reason: str, state: DomainState = DomainState.PENDING, **changes: Any
) -> dict[Kind, Node]:
    """The nodes of the first set-up with this verdict and reason."""
    report = next(
        one for _, one in REPORTS if (f"{one.method}-{one.verdict.value}", one.reason) == (which, reason)
    )
    return nodes(scene(report, state, **changes))


@pytest.mark.parametrize(
    ("which", "reason", "condition", "words"),
    [
        ("delegation-ZONE_PENDING", "", Condition.NOT_ASKED, "Not asked yet"),
        ("delegation-MISPLACED", "whole-domain", Condition.WRONG, "Led to us as a whole"),
        ("delegation-PARENT_INCONSISTENT", "", Condition.WAITING, "Its servers differ"),
        ("delegation-PARENT_INCONSISTENT", "for-long", Condition.WRONG, "Its servers differ"),
        ("delegation-RECORD_IN_THE_WAY", "parked", Condition.WRONG, "Parked or expired"),
        ("delegation-NOT_DELEGATED", "domain-missing", Condition.MISSING, "Not in DNS"),
    ],
)
def test_zone_is_told_by_its_servers(which: str, reason: str, condition: Condition, words: str) -> None:
    zone = told(which, reason)[Kind.ZONE]
    assert (zone.condition, zone.words) == (condition, words)


def test_servers_that_differ_say_nothing_of_one_value() -> None:
    node = told("delegation-PARENT_INCONSISTENT", "")[Kind.NAME_SERVERS]
    assert (node.words, node.parts) == ("Not the same everywhere", ())


def test_zone_answers_at_its_provider_and_is_not_blamed_before_a_decision() -> None:
    parked = "delegation-RECORD_IN_THE_WAY", "parked"
    assert told(*parked, undecided=True)[Kind.ZONE].words == "Answers"
    assert told(*parked, undecided=True, provider="Cloudflare")[Kind.ZONE].words == "Answers at Cloudflare"


def test_records_that_were_there_once_are_gone() -> None:
    node = told("delegation-NOT_DELEGATED", "gone")[Kind.NAME_SERVERS]
    assert (node.condition, node.words) == (Condition.MISSING, "Gone")
    target = told("records-ALIAS_ABOVE", "", DomainState.FAILING)[Kind.TARGET]
    assert (target.condition, target.words) == (Condition.MISSING, "Gone")


def test_values_wait_with_their_node() -> None:
    assert set(conditions(told("delegation-NOT_DELEGATED", "")[Kind.NAME_SERVERS])) == {"waiting"}


def test_verified_name_has_its_records_without_a_report() -> None:
    values = {Kind.NAME_SERVERS: (Value("ns1.example", None),)}
    found, lost = (
        servers(scene(None, state, values=values)) for state in (DomainState.VERIFIED, DomainState.LAPSED)
    )
    assert (found.condition, found.words, conditions(found)) == (Condition.FOUND, "Found", ["found"])
    assert (lost.condition, lost.words) == (Condition.NOT_ASKED, "Not checked yet")


def test_other_text_in_the_place_of_the_token_is_shown() -> None:
    token = told("records-TOKEN_MISMATCH", "")[Kind.TOKEN]
    assert token.instead == Instead("Found instead", ("v=spf1 -all",))


def test_addresses_at_an_apex_are_told_one_by_one_and_whole() -> None:
    target = told("records-CNAME_WRONG", "apex")[Kind.TARGET]
    assert target.title == "Your address records"
    assert target.parts
    assert [part.label for part in target.parts] == [part.value for part in target.parts]
    assert told("records-CNAME_MISSING", "")[Kind.TARGET].title == "Your CNAME record"


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED])
def test_nothing_stands_in_the_place_of_what_is_not_wrong(state: DomainState) -> None:
    for _, report in REPORTS:
        for kind, node in nodes(scene(report, state)).items():
            if kind is not Kind.TARGET and node.condition is not None and not node.condition.stops:
                assert node.instead is None
