"""What the nodes of DNS show beside their condition."""

from __future__ import annotations

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
    assert (node.condition, node.words) == (Condition.WRONG, "4 of 4 found")
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
