from __future__ import annotations

import pytest

from tests.dns.delegation.cases import (
    HOST,
    NOW,
    OTHERS,
    OURS,
    expectation,
    first_sentence,
    healthy,
    listing,
    serving,
)
from webapp.dns.delegation import Verdict, judge
from webapp.dns.judgement.finding import Slip
from webapp.dns.rules.mistyped import Listed, Mistyped, find_mistyped

SUFFIXES = ("chat.acme.com", "acme.com")


def slips(*found: str, addresses: dict[str, str] | None = None) -> tuple[Mistyped, ...]:
    unexpected = [name for name in found if name not in OURS]
    return find_mistyped(unexpected, Listed(frozenset(found), OURS, SUFFIXES, addresses))


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
        ("ns-101.awsdns-12.org", Slip.WRONG_ENDING, None),
        ("ns-101.awsdns-12.community", Slip.WRONG_ENDING, None),
        ("ns-101.awsdns-12.co.uk", Slip.WRONG_ENDING, None),
        ("ns-101.awsdns-12", Slip.WRONG_ENDING, None),
        ("ns-101.awsdns-12.acme.com", Slip.WRONG_ENDING, "acme.com"),
        ("ns-101.awsdns-12.org.acme.com", Slip.WRONG_ENDING, "acme.com"),
        (f"{OURS[0]}.acme.com.acme.com", Slip.PARENT_SUFFIX, "acme.com.acme.com"),
        (f"10\\032{OURS[0]}", Slip.MORE_THAN_A_NAME, None),
        (f"10.{OURS[0]}", Slip.MORE_THAN_A_NAME, None),
        (f"{OURS[0]}\\032primary", Slip.MORE_THAN_A_NAME, None),
        (f"{OURS[0]}\\009\\;\\032my\\032server.acme.com", Slip.MORE_THAN_A_NAME, "acme.com"),
        (f"3600\\032in\\032ns\\032{OURS[0]}", Slip.MORE_THAN_A_NAME, None),
        (f'\\"{OURS[0]}\\"', Slip.MORE_THAN_A_NAME, None),
        (f"\\226\\128\\156{OURS[0]}\\226\\128\\157", Slip.MORE_THAN_A_NAME, None),
        (f"{OURS[0]}\\.", Slip.MORE_THAN_A_NAME, None),
        (f"{OURS[0]}\\..acme.com", Slip.PARENT_SUFFIX, "acme.com"),
        (f"{OURS[0]},", Slip.MORE_THAN_A_NAME, None),
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


@pytest.mark.parametrize("seen", ["ns1.other.net", OTHERS[0], "ns-101.other-12.community", "acme.com"])
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
            f"enter “{OURS[0]}.” instead of “{OURS[0]}.acme.com”. End it with a dot, otherwise your provider appends",
        ),
        (
            "192.0.2.1.acme.com",
            "enter “ns-101.awsdns-12.com.” instead of “192.0.2.1.acme.com”. “192.0.2.1.acme.com” is an IP address",
        ),
        (f"http://{OURS[0]}", "Leave out http://"),
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
    assert f"add {OURS[2]} and {OURS[3]}" in report.next_step


def test_an_address_that_belongs_to_a_server_of_ours_is_recognised() -> None:
    observation = listing(["203.0.113.3.acme.com", *OURS[:3]], ours=tuple(map(serving, OURS)))
    report = judge(expectation(), observation, NOW)
    assert f"enter “{OURS[3]}.” instead of “203.0.113.3.acme.com”" in report.message


def test_former_name_servers_are_old_not_mistyped() -> None:
    former = f"{OURS[0]}.acme.com"
    report = judge(expectation(former_name_servers=(former,)), listing([former, *OURS[1:]]), NOW)
    assert report.verdict is Verdict.OLD_NAME_SERVERS


def test_nothing_is_mistyped_in_a_healthy_delegation() -> None:
    assert judge(expectation(host=HOST), healthy(), NOW).verdict is Verdict.VERIFIED


ONE_RECORD = [
    separator.join(OURS) for separator in (",", "\\,", "\\032", ",\\032", "\\010", "\\;", "\\009", "|")
]


@pytest.mark.parametrize("seen", [*ONE_RECORD, f"{ONE_RECORD[1]}.acme.com", f"{ONE_RECORD[2]}\\."])
def test_all_names_in_one_record(seen: str) -> None:
    (slip,) = slips(seen)
    assert (slip.slip, slip.meant) == (Slip.SEVERAL, OURS)
    report = judge(expectation(), listing([seen]), NOW)
    assert (report.verdict, report.reason) == (Verdict.NS_MISTYPED, "several")
    assert first_sentence(report.message) == "In acme.com, give each of our four an NS record named “chat”"
    assert "\\" not in f"{report.message} {report.next_step} {report.details}"
    assert all(f"{name}" in report.next_step for name in OURS)


def test_two_names_in_one_record_beside_two_right_ones() -> None:
    report = judge(expectation(), listing([f"{OURS[0]}\\032{OURS[1]}", *OURS[2:]]), NOW)
    assert report.next_step.startswith(
        f"Enter {OURS[0]} and {OURS[1]} in a record each instead of “{OURS[0]} {OURS[1]}”, in the NS records"
    )


@pytest.mark.parametrize(
    "extra",
    [
        f"{OURS[0]}.acme.com",
        "ns-101.awsdns-12.org",
        f"10\\032{OURS[0]}",
        "203.0.113.0",
        "192.0.2.1",
        f"{OURS[0]}\\,{OURS[1]}",
    ],
)
def test_what_is_there_besides_all_four_is_removed(extra: str) -> None:
    observation = listing([*OURS, extra], ours=tuple(map(serving, OURS)))
    report = judge(expectation(), observation, NOW)
    assert (report.verdict, report.reason) == (Verdict.NS_MISTYPED, "surplus")
    assert "remove one mistyped NS record named “chat”" in report.message
    assert "nter" not in f"{report.message} {report.next_step}"


def test_the_name_that_is_removed_is_shown_as_it_was_typed() -> None:
    report = judge(expectation(), listing([*OURS, f"10\\032{OURS[0]}"]), NOW)
    assert f"It reads “10 {OURS[0]}”." in report.message
    assert report.next_step.startswith(
        f"Remove “10 {OURS[0]}”, in the NS records named “chat” in the zone acme.com."
    )


def test_two_slips_never_stand_for_one_name() -> None:
    twice = slips(f"{OURS[0]}.acme.com", f"{OURS[0]}.chat.acme.com", *OURS[1:])
    assert [slip.surplus for slip in twice] == [False, True]
    addresses = slips("192.0.2.1", "192.0.2.2", *OURS[2:])
    assert [slip.expected for slip in addresses] == list(OURS[:2])


def test_the_whole_set_with_other_endings_is_mistyped() -> None:
    stems = [name.removesuffix(".co.uk").rpartition(".")[0] or name for name in OURS[:3]]
    report = judge(expectation(), listing([f"{stem}.info" for stem in stems]), NOW)
    assert (report.verdict, report.reason) == (Verdict.NS_MISTYPED, "wrong-ending")


def test_a_foreign_name_beside_a_mistyped_one_is_removed_as_well() -> None:
    report = judge(expectation(), listing([f"{OURS[0]}.acme.com", *OURS[1:], "ns1.other.net"]), NOW)
    assert f"enter “{OURS[0]}.”" in report.message
    assert "remove ns1.other.net" in report.next_step


def test_what_a_stranger_wrote_into_a_name_steers_no_terminal() -> None:
    report = judge(expectation(), listing([f"\\027[31m\\226\\128\\174{OURS[0]}", *OURS[1:]]), NOW)
    assert report.verdict is Verdict.NS_MISTYPED
    assert f"{report.message}{report.next_step}".isprintable()
