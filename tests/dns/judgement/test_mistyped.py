from __future__ import annotations

import pytest

from tests.dns.delegation.cases import HOST, NOW, OTHERS, OURS, expectation, healthy, listing, serving
from webapp.dns.delegation import Verdict, judge
from webapp.dns.judgement.mistyped import Mistyped, Slip, find_mistyped

SUFFIXES = ("chat.acme.com", "acme.com")


def slips(*found: str, addresses: dict[str, str] | None = None) -> tuple[Mistyped, ...]:
    unexpected = [name for name in found if name not in OURS]
    return find_mistyped(unexpected, OURS, frozenset(found), SUFFIXES, addresses or {})


@pytest.mark.parametrize(
    ("seen", "slip", "appended"),
    [
        (f"{OURS[0]}.acme.com", Slip.PARENT_SUFFIX, "acme.com"),
        (f"{OURS[0]}.chat.acme.com", Slip.PARENT_SUFFIX, "chat.acme.com"),
        ("ns-101.awsdns-12.cmo.acme.com", Slip.PARENT_SUFFIX, "acme.com"),
        ("192.0.2.1.acme.com", Slip.IP_ADDRESS, "acme.com"),
        ("192.0.2.1", Slip.IP_ADDRESS, None),
        ("2001:db8::1.acme.com", Slip.IP_ADDRESS, "acme.com"),
        (f"https://{OURS[0]}", Slip.URL, None),
        (f"https://{OURS[0]}/.acme.com", Slip.URL, "acme.com"),
        (f"{OURS[0]}:53", Slip.URL, None),
        ("ns-101.awsdns-12.con", Slip.NEAR_MISS, None),
        ("ns-110.awsdns-12.com", Slip.NEAR_MISS, None),
        ("ns101.awsdns12.com", Slip.NEAR_MISS, None),
    ],
)
def test_what_was_meant_and_what_happened(seen: str, slip: Slip, appended: str | None) -> None:
    assert slips(seen, *OURS[1:]) == (Mistyped(seen, OURS[0], slip, appended),)


def test_all_four_with_the_zone_appended() -> None:
    assert [slip.expected for slip in slips(*(f"{name}.acme.com" for name in OURS))] == list(OURS)


def test_an_address_of_ours_stands_for_its_name() -> None:
    (slip,) = slips("203.0.113.2.acme.com", addresses={"203.0.113.2": OURS[2]})
    assert slip.expected == OURS[2]


@pytest.mark.parametrize("seen", ["ns1.other.net", OTHERS[0], "ns-101.awsdns-12.community", "acme.com"])
def test_other_names_are_no_slips(seen: str) -> None:
    assert slips(seen, *OURS[1:]) == ()


def test_a_whole_set_of_near_names_is_another_customers() -> None:
    near = tuple(name.replace("ns-1", "ns-2").replace("ns-6", "ns-7") for name in OURS)
    assert slips(*near) == ()
    assert len(slips(*near[:3])) == 3


def test_a_near_miss_of_a_name_that_is_there_too_is_foreign() -> None:
    assert slips(*OURS, "ns-102.awsdns-12.com") == ()


def test_a_thousand_names_are_not_all_compared() -> None:
    assert len(slips(*(f"{OURS[0]}.x{number}.acme.com" for number in range(1000)))) == 0


@pytest.mark.parametrize(
    ("seen", "cure"),
    [
        (
            f"{OURS[0]}.acme.com",
            f"enter “{OURS[0]}.” with the dot at its end, or your provider appends acme.com.",
        ),
        ("192.0.2.1.acme.com", "is an IP address where the name “ns-101.awsdns-12.com” belongs"),
        (f"http://{OURS[0]}", "without http://"),
        ("ns-101.awsdns-12.con", "enter “ns-101.awsdns-12.com”"),
    ],
)
def test_the_message_names_what_was_seen_what_was_meant_and_the_cure(seen: str, cure: str) -> None:
    report = judge(expectation(), listing([seen, *OURS[1:]]), NOW)
    assert report.verdict is Verdict.NS_MISTYPED
    assert f"“{seen}”" in report.message
    assert f"“{OURS[0]}" in report.message
    assert cure in report.message


def test_what_is_missing_besides_is_told_too() -> None:
    report = judge(expectation(), listing([f"{OURS[0]}.acme.com", OURS[1]]), NOW)
    assert f"Still missing: {OURS[2]} and {OURS[3]}." in report.message


def test_an_address_that_belongs_to_a_server_of_ours_is_recognised() -> None:
    observation = listing(["203.0.113.3.acme.com", *OURS[:3]], ours=tuple(map(serving, OURS)))
    report = judge(expectation(), observation, NOW)
    assert f"where the name “{OURS[3]}” belongs" in report.message


def test_former_name_servers_are_old_not_mistyped() -> None:
    former = f"{OURS[0]}.acme.com"
    report = judge(expectation(former_name_servers=(former,)), listing([former, *OURS[1:]]), NOW)
    assert report.verdict is Verdict.OLD_NAME_SERVERS


def test_nothing_is_mistyped_in_a_healthy_delegation() -> None:
    assert judge(expectation(host=HOST), healthy(), NOW).verdict is Verdict.VERIFIED
