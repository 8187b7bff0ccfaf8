"""The whole domain is led to us: the verdict, beside what it stands, and what people read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.dns.delegation.cases import (
    HOST,
    NOW,
    OTHERS,
    OURS,
    PARENTS,
    check,
    delegates,
    expectation,
    fails,
    first_sentence,
    healthy,
    knows_nothing,
    listing,
    nothing_there,
    world,
)
from tests.twins.dns import MemoryDns
from webapp.dns.delegation import DelegationReport, Observation, Verdict, alarm_words, judge
from webapp.dns.limits import RESTS
from webapp.dns.lookup.observation import NameServerSet, Trouble
from webapp.dns.notes import Note
from webapp.dns.servers.evidence import Asked, Delegation, Dispute

OLD = ("ns1.old-provider.net", "ns2.old-provider.net")


def led(names: tuple[str, ...] = OURS, **changes: Any) -> Delegation:
    given: dict[str, Any] = {"zone": "acme.com", "by": "com", "ttl": 172_800} | changes
    return Delegation(name_servers=frozenset(names), **given)


def unasked(*delegations: Delegation, **changes: Any) -> Observation:
    """Nobody but ours is named for the parent zone, so that nobody told about the host."""
    return healthy(parent_answers=(), delegations=delegations, **changes)


def judged(observation: Observation, **changes: Any) -> DelegationReport:
    return judge(expectation(**changes), observation, NOW)


def what(report: DelegationReport) -> tuple[Verdict, str]:
    return report.verdict, report.reason


@pytest.mark.parametrize(
    "names",
    [
        OURS,
        OURS[:1],
        OURS[2:],
        (*OURS[:3], "ns-1637.awsdns-15.co"),
        (*OURS[:3], f"{OURS[3]}.acme.com"),
        tuple(f"{name}.acme.com" for name in OURS),
    ],
)
def test_whole_domain_at_ours_is_misplaced_and_their_business(names: tuple[str, ...]) -> None:
    report = judged(unasked(led(names)))
    assert what(report) == (Verdict.MISPLACED, "whole-domain")
    assert (report.who_acts, report.transient, report.parent_asked) == ("you", True, False)
    assert report.alarm is not None
    assert not report.hints
    assert {mark for _, mark in report.marks} == {"unknown"}
    assert (set(report.params["ours"]), report.params["others"]) == (set(names), [])


def test_a_former_set_of_ours_counts_as_ours() -> None:
    report = judged(unasked(led(OTHERS)), former_name_servers=OTHERS)
    assert what(report) == (Verdict.MISPLACED, "whole-domain")


def test_another_customers_set_of_the_same_provider_is_none_of_ours() -> None:
    near = tuple(name.replace(".awsdns-1", ".awsdns-2") for name in OURS)
    assert judged(listing(OURS, delegations=(led(near),))).alarm is None


def test_a_zone_that_one_of_ours_holds_is_there_on_purpose() -> None:
    report = judged(unasked(led(held_by=frozenset(OURS[:1]))))
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert report.delegations == {"acme.com": tuple(sorted(OURS))}


def test_a_right_delegation_stays_verified_with_a_warning_beside_it() -> None:
    report = judged(listing(OURS, delegations=(led((*PARENTS, *OURS)),)))
    assert report.verdict is Verdict.VERIFIED
    (hint,) = report.hints
    assert (hint.verdict, hint.finding.reason) == (Verdict.MISPLACED, "whole-domain-too")
    assert f"remove {OURS[0]}" in hint.message
    assert f"leave {PARENTS[0]} and {PARENTS[1]}" in hint.message


def test_ours_beside_others_are_misplaced_where_the_name_is_not_there() -> None:
    report = judged(nothing_there(delegations=(led((*PARENTS, *OURS)),)))
    assert what(report) == (Verdict.MISPLACED, "whole-domain-too")
    assert (report.transient, report.parent_asked) == (False, True)
    assert not report.hints


def test_what_a_former_set_of_ours_says_of_the_name_is_not_asked_of_the_parent() -> None:
    answers = tuple(delegates(server) for server in OTHERS[:2])
    observation = healthy(parent_answers=answers, delegations=(led((*PARENTS, *OTHERS)),))
    report = judged(observation, former_name_servers=OTHERS)
    assert (what(report), report.transient) == ((Verdict.MISPLACED, "whole-domain"), True)


def test_too_few_others_say_nothing_of_the_records() -> None:
    answers = (delegates(PARENTS[0]), fails(PARENTS[1]))
    report = judged(healthy(parent_answers=answers, delegations=(led((*PARENTS, *OURS)),)))
    assert (what(report), report.transient) == ((Verdict.MISPLACED, "whole-domain"), True)


NOT_ASKED = {
    "bogus": nothing_there(trouble=Trouble.PARENT_BOGUS),
    "servers disputed": nothing_there(parent_disputed=True),
    "addresses disputed": healthy(
        parent_answers=(fails(PARENTS[0]), fails(PARENTS[1])),
        disputes=(Dispute("parent", PARENTS[0], (("192.0.2.53:53", frozenset({"198.51.0.9"})),)),),
    ),
    "silent": healthy(parent_answers=(knows_nothing(PARENTS[0]), fails(PARENTS[1]))),
    "put off": nothing_there(
        asked=(
            Asked(
                PARENTS[0],
                "198.51.0.2",
                f"{HOST} A",
                "",
                "NOT_ASKED",
                False,
                (),
                None,
                0,
                "parent",
                "",
                (Note(RESTS, {"address": "198.51.0.2"}),),
            ),
        )
    ),
    "divided": healthy(parent_answers=(delegates(PARENTS[0]), knows_nothing(PARENTS[1]))),
    "divided, by one that is not sure": nothing_there(
        parent_answers=(
            knows_nothing(PARENTS[0]),
            knows_nothing(PARENTS[1]),
            replace(delegates("ns3.acme.com"), confirmed=False),
        )
    ),
    "moving": healthy(
        parent_answers=(delegates(PARENTS[0]), replace(knows_nothing(PARENTS[1]), server="ns.new.net")),
        parent_set=NameServerSet.DIFFERENT,
        parent_named_above=frozenset({"ns.new.net"}),
        parent_needed=1,
    ),
    "cut short": healthy(parent_answers=(), complete=False),
    "no parent zone": healthy(parent_zone=None, parent_answers=()),
}


@pytest.mark.parametrize("name", NOT_ASKED)
def test_the_alarm_counts_nothing_against_a_name_that_could_not_be_asked(name: str) -> None:
    before = judged(NOT_ASKED[name], proved=True)
    assert before.transient
    report = judged(replace(NOT_ASKED[name], delegations=(led((*PARENTS, *OURS)),)), proved=True)
    assert what(report) == (Verdict.MISPLACED, "whole-domain")
    assert report.alarm is not None
    assert (report.transient, report.parent_asked) == (True, False)


@pytest.mark.parametrize("name", sorted(set(NOT_ASKED) - {"no parent zone"}))
def test_a_wrong_level_counts_nothing_against_a_name_that_could_not_be_asked(name: str) -> None:
    deep = led(zone="b.acme.com", by="acme.com", sure=True)
    host = "chat.b.acme.com"
    report = judged(replace(NOT_ASKED[name], delegations=(led(PARENTS), deep)), host=host, proved=True)
    assert report.transient
    assert report.parent_zone == "acme.com"
    assert report == judged(replace(NOT_ASKED[name], delegations=(led(PARENTS),)), host=host, proved=True)


def test_a_pending_zone_of_ours_makes_no_state_change_of_it_either() -> None:
    divided = replace(NOT_ASKED["divided"], delegations=(led((*PARENTS, *OURS)),))
    report = judged(divided, zone_in_sync=False)
    assert report.verdict is Verdict.ZONE_PENDING
    assert report.alarm is not None
    assert report.alarm.reason == "whole-domain"


@pytest.mark.parametrize("known", [{}, {"b.acme.com": OLD}])
def test_one_server_of_a_customers_zone_raises_no_alarm(known: dict[str, tuple[str, ...]]) -> None:
    deep = led((*PARENTS, OURS[0]), zone="b.acme.com", by="acme.com")
    observation = nothing_there(parent_zone="b.acme.com", delegations=(led(PARENTS), deep))
    report = judged(observation, host="chat.b.acme.com", known_delegations=known)
    assert (report.verdict, report.alarm) == (Verdict.NOT_DELEGATED, None)
    assert "b.acme.com" not in report.delegations


def test_a_lost_answer_raises_no_alarm_and_ends_none() -> None:
    report = judged(nothing_there(delegations=(led((*PARENTS, *OURS), unsettled=True),)))
    assert (report.verdict, report.alarm) == (Verdict.NOT_DELEGATED, None)
    assert report.delegations == {}


def test_the_zones_own_records_are_a_milder_thing() -> None:
    report = judged(healthy(misplaced_at=("acme.com",), delegations=(led(PARENTS),)))
    assert report.verdict is Verdict.VERIFIED
    assert [hint.finding.reason for hint in report.hints] == ["apex-too"]
    assert report.alarm is None
    assert "“@”" in report.hints[0].message


def test_what_caches_keep_ends_at_a_time() -> None:
    report = judged(healthy(remembered_ttl=3600))
    assert report.verdict is Verdict.VERIFIED
    assert "They forget them by 13:00 UTC on 23 November 2026." in report.hints[0].message


def test_the_topmost_zone_that_is_led_to_us_is_told() -> None:
    deep = led(zone="b.acme.com", by="acme.com")
    report = judged(unasked(led(), deep), host="chat.b.acme.com")
    assert report.params["zone"] == "acme.com"


def test_a_level_that_was_no_zone_before_is_a_name_typed_wrongly() -> None:
    deep = led(zone="b.acme.com", by="acme.com", sure=True)
    report = judged(unasked(led(PARENTS), deep), host="chat.b.acme.com")
    assert what(report) == (Verdict.MISPLACED, "wrong-level")
    assert (report.alarm, report.transient) == (None, False)
    assert (report.parent_zone, report.relative_name) == ("acme.com", "chat.b")
    assert (
        "delete the NS records named “b” and add our four name servers as NS records named “chat.b”"
        in report.next_step
    )


def test_a_level_that_has_other_name_servers_as_well_is_a_zone() -> None:
    deep = led((*PARENTS, *OURS), zone="b.acme.com", by="acme.com", sure=True)
    report = judged(unasked(led(PARENTS), deep), host="chat.b.acme.com")
    assert what(report) == (Verdict.MISPLACED, "whole-domain")
    assert report.alarm is not None


def test_one_server_of_the_zone_above_is_too_few_to_tell_of_a_wrong_level() -> None:
    deep = led(zone="b.acme.com", by="acme.com")
    report = judged(unasked(led(PARENTS), deep), host="chat.b.acme.com")
    assert report.verdict is Verdict.PARENT_UNREACHABLE


def test_a_level_that_was_a_zone_before_is_down_with_all_that_is_below() -> None:
    deep = led(zone="b.acme.com", by="acme.com", sure=True)
    report = judged(unasked(deep), host="chat.b.acme.com", known_delegations={"b.acme.com": OLD})
    assert what(report) == (Verdict.MISPLACED, "whole-domain")
    assert "In the zone acme.com, put the former name servers back: " in report.next_step
    assert OLD[0] in report.next_step


def test_former_name_servers_are_named_as_an_earlier_check_knew_them() -> None:
    report = judged(unasked(led()), known_delegations={"acme.com": OLD, "b.acme.com": PARENTS})
    assert report.params["former"] == list(OLD)
    assert f"put the former name servers back: {OLD[0]} and {OLD[1]}." in report.next_step


def test_former_name_servers_are_never_ours() -> None:
    report = judged(unasked(led()), known_delegations={"acme.com": (*OURS[:2], OLD[0])})
    assert report.params["former"] == [OLD[0]]


def test_former_name_servers_are_those_that_our_resolver_still_knows() -> None:
    answers = tuple(knows_nothing(server) for server in OLD)
    named = frozenset(OURS)
    agreed = led(former=frozenset(OLD))
    report = judged(healthy(parent_answers=answers, parent_named_above=named, delegations=(agreed,)))
    assert report.params["former"] == list(OLD)


def test_what_some_resolver_knows_is_no_name_server_to_put_back() -> None:
    answers = tuple(knows_nothing(server) for server in OLD)
    report = judged(healthy(parent_answers=answers, parent_named_above=frozenset(OURS), delegations=(led(),)))
    assert report.params["former"] == []
    assert "Your former DNS provider lists them" in report.next_step


def test_a_zone_that_some_resolver_knows_was_there_before() -> None:
    deep = led(zone="b.acme.com", by="acme.com", sure=True)
    answers = tuple(knows_nothing(server) for server in OLD)
    observation = healthy(parent_zone="b.acme.com", parent_answers=answers, delegations=(deep,))
    report = judged(replace(observation, parent_set=NameServerSet.DENIED), host="chat.b.acme.com")
    assert (what(report), report.transient) == ((Verdict.MISPLACED, "whole-domain"), True)


def test_people_are_told_where_to_look_when_no_former_name_server_is_known() -> None:
    assert "Your former DNS provider lists them" in judged(unasked(led())).next_step


def test_a_zone_that_has_only_ours_leaves_what_was_known_of_it() -> None:
    assert judged(unasked(led())).delegations == {}
    assert judged(healthy(delegations=(led((*OLD, *OURS)),))).delegations == {"acme.com": OLD}


def test_pending_of_our_own_zone_comes_first_and_the_alarm_beside_it() -> None:
    report = judged(unasked(led()), zone_in_sync=False)
    assert report.verdict is Verdict.ZONE_PENDING
    assert report.alarm is not None


@pytest.mark.parametrize(
    ("observation", "headline"),
    [
        (unasked(led()), "Site and mail of acme.com are down"),
        (
            healthy(parent_answers=(knows_nothing(OLD[0]),), delegations=(led(),)),
            "Site and mail of acme.com go down soon",
        ),
        (nothing_there(delegations=(led((*PARENTS, *OURS)),)), "Site and mail of acme.com are partly down"),
    ],
)
def test_first_sentence_is_short_and_says_what_is_down(observation: Observation, headline: str) -> None:
    report = judged(observation)
    assert report.alarm is not None
    words = alarm_words(HOST, report.alarm.to_data())
    assert words.headline == headline
    assert len(first_sentence(words.message).split()) <= 15
    assert "acme.com" in first_sentence(report.message)
    assert len(first_sentence(report.message).split()) <= 15
    assert "registrar of acme.com" in report.next_step


def test_a_stored_report_reads_as_it_was() -> None:
    report = judged(unasked(led()), known_delegations={"acme.com": OLD})
    assert DelegationReport.from_dict(report.to_data()) == report


# On a world of servers.


def at_registrar(*names: str, records: tuple[str, ...] = OURS) -> MemoryDns:
    dns, _ = world(delegated=records)
    dns.above("acme.com").put("acme.com", "NS", *names)
    return dns


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_ours_alone_at_the_registrar_never_verify(number: int) -> None:
    report = check(at_registrar(*OURS[:number]))
    assert what(report) == (Verdict.MISPLACED, "whole-domain")


def test_ours_beside_the_parents_servers_do_not_cost_a_true_verdict() -> None:
    report = check(at_registrar(*PARENTS, *OURS))
    assert report.verdict is Verdict.VERIFIED
    assert report.alarm is not None


def test_ours_beside_the_parents_servers_verify_nothing_that_is_not_there() -> None:
    report = check(at_registrar(*PARENTS, *OURS, records=OURS[:3]))
    assert what(report) == (Verdict.MISPLACED, "whole-domain-too")
    assert [hint.verdict for hint in report.hints] == [Verdict.DELEGATION_PARTIAL]


def test_it_is_over_as_soon_as_the_registrar_names_others() -> None:
    dns = at_registrar(*OURS)
    assert check(dns).alarm is not None
    dns.above("acme.com").put("acme.com", "NS", *PARENTS)
    report = check(dns)
    assert report.verdict is Verdict.VERIFIED
    assert not report.hints
    assert set(report.delegations["acme.com"]) == set(PARENTS)
