"""What the steps say for each verdict: add, edit or delete, complete, and nothing that is right already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dns.delegation.cases import (
    NOW,
    OTHERS,
    OURS,
    check,
    expectation,
    healthy,
    listing,
    nothing_there,
    world,
)
from tests.dns.judgement.table import A_RECORD, DNAME_ABOVE, TXT_RECORD, owned, redirected, with_ds
from tests.factories import make_domain, make_zone
from webapp.dns.delegation import DelegationReport, Observation, judge
from webapp.dns.providers import PROVIDERS, Change, Provider
from webapp.dns.providers import steps as steps_at
from webapp.dns.servers.evidence import Delegation
from webapp.domain_page.records.instructions import instructions
from webapp.domain_page.records.provider_guide import (
    Guide,
    guide,
    parent_servers,
    without_alias_above,
)
from webapp.models import Account, DomainState, utcnow

CLOUDFLARE = frozenset({"ada.ns.cloudflare.com", "bob.ns.cloudflare.com"})
NAMECHEAP = frozenset({"dns1.registrar-servers.com", "dns2.registrar-servers.com"})
ROUTE53 = frozenset({"ns-1.awsdns-00.com", "ns-513.awsdns-00.net"})
SANDBOX = frozenset({"ns1.sandbox-registrar.test", "ns2.sandbox-registrar.test"})
UNKNOWN = frozenset({"ns1.acme.com", "ns2.acme.com"})
FIRST, LAST = OURS[0], OURS[3]


def guide_for(
    account: Account,
    found: DelegationReport | None,
    servers: frozenset[str] = CLOUDFLARE,
    *,
    verified: bool = False,
    host: str = "chat.acme.com",
) -> Guide:
    domain = make_domain(account, host, DomainState.FAILING if verified else DomainState.PENDING)
    domain.verified_at = utcnow() if verified else None
    zone = make_zone(domain, name_servers=list(OURS), baseline={"parent_zone": "acme.com"})
    todo = instructions(domain, zone, found)
    assert todo is not None
    return guide(domain, todo, found, servers)


def of(observation: Observation, former: tuple[str, ...] = ()) -> DelegationReport:
    return judge(expectation(former_name_servers=former), observation, NOW)


CASES = {
    "nothing-there": (of(nothing_there()), "Add these", ["enter the first value", "other three values"], []),
    "one-mistyped": (
        of(listing([*OURS[:3], f"{LAST}.acme.com"])),
        "Correct these",
        [
            f"with the value {LAST}.acme.com, and edit it: under Nameserver, enter {LAST} instead. Select Save."
        ],
        ["Add record", *OURS[:3]],
    ),
    "one-missing": (of(listing(OURS[:3])), "Add what is missing", [f"enter {LAST}."], list(OURS[:3])),
    "one-too-many": (
        of(listing([*OURS, "ns1.other.net"])),
        "Delete what is too many",
        ["Delete the NS record named “chat” with the value ns1.other.net."],
        ["Add record", *OURS],
    ),
    "half-foreign": (
        of(listing([*OURS[:2], "ns1.other.net", "ns2.other.net"])),
        "Replace what is there",
        ["with the values ns1.other.net and ns2.other.net.", f"enter {OURS[2]}.", f"the same with {LAST}."],
        list(OURS[:2]),
    ),
    "elsewhere": (of(listing(OTHERS)), "Replace what is there", [*OTHERS, "enter the first value"], []),
    "former": (of(listing(OTHERS), OTHERS), "Replace what is there", [*OTHERS, "enter the first value"], []),
    "all-right-and-one-with-the-suffix": (
        of(listing([*OURS, f"{FIRST}.acme.com"])),
        "Delete what is too many",
        [f"Delete the NS record named “chat” with the value {FIRST}.acme.com."],
        ["Add record", "edit it"],
    ),
    "stale-ds": (
        of(with_ds(matches=False)),
        "Delete what is in the way",
        ["Delete the DS record named “chat”. Leave the NS records as they are."],
        ["Add record", *OURS],
    ),
    "records-in-the-way": (
        of(nothing_there(in_the_way=(A_RECORD, TXT_RECORD))),
        "Replace what is there",
        ["Delete the records named “chat” of these types: A, TXT.", "enter the first value"],
        [],
    ),
    "own-zone": (of(owned()), "Replace what is there", ["Delete the zone chat.acme.com"], []),
    "parked": (
        of(replace(owned(), answers_any_name=True)),
        "Add these",
        ["Renew acme.com at its registrar", "enter the first value"],
        ["Delete the zone"],
    ),
    "alias-above": (
        of(redirected(DNAME_ABOVE)),
        "Replace what is there",
        ["Delete the DNAME record at acme.com."],
        [],
    ),
    "misplaced": (
        of(nothing_there(misplaced_at=("chat.acme.com.acme.com",))),
        "Replace what is there",
        [
            "Delete the NS records named “chat.acme.com” (in full chat.acme.com.acme.com).",
            "enter the first value",
        ],
        [],
    ),
    "wildcard": (
        of(healthy(wildcard="*.acme.com")),
        "Delete what is in the way",
        [
            "Delete the NS records named “*” (in full *.acme.com).",
            "Add NS records named “chat” with the values below",
        ],
        ["Add record"],
    ),
    "verified": (of(healthy()), "Your records", [], ["Add record", "Delete"]),
}


@pytest.mark.parametrize("case", CASES)
def test_steps_follow_the_verdict(account: Account, case: str) -> None:
    found, heading, named, unnamed = CASES[case]
    told = guide_for(account, found)
    steps = " ".join(told.steps)
    assert told.change.heading == heading
    assert [words for words in named if words not in steps] == []
    assert [
        words
        for words in unnamed
        if words
        in steps.replace(f"{FIRST}.acme.com", "").replace(
            f"{LAST}.acme.com, and edit it: under Nameserver, enter {LAST}", ""
        )
    ] == []
    assert (told.steps[-1:] == ("Come back here and press Verify.",)) is not told.change.nothing


def test_no_step_before_the_domain_is_there(account: Account) -> None:
    found = judge(expectation(), nothing_there(parent_zone="com"), NOW)
    assert found.reason == "domain-missing"
    assert guide_for(account, found).steps == ()


def test_records_that_were_there_are_put_back(account: Account) -> None:
    assert guide_for(account, of(nothing_there()), verified=True).change.heading == "Put these back"


def test_record_that_holds_all_values_is_edited_once(account: Account) -> None:
    steps = guide_for(account, of(listing([*OURS[:3], "ns1.other.net"])), ROUTE53).steps
    assert "Select the record named “chat” of type NS, and edit it." in steps
    assert f"Under Value, leave exactly these four: {', '.join(OURS)}. Select Save changes." in steps


def test_form_that_takes_all_values_and_makes_a_record_of_each(account: Account) -> None:
    steps = " ".join(guide_for(account, of(nothing_there()), SANDBOX).steps)
    assert "Under Value, enter all four values, one below the other. End each with a dot." in steps
    other = guide_for(account, of(listing([*OURS[:3], f"{LAST}.acme.com"])), SANDBOX, host="talk.acme.com")
    steps = " ".join(other.steps)
    assert f"with the value {LAST}.acme.com, and edit it: under Value, enter “{LAST}.” instead." in steps
    assert "leave exactly these four" not in steps


def test_values_end_with_a_dot_where_the_provider_appends_its_zone(account: Account) -> None:
    steps = " ".join(guide_for(account, of(listing(OURS[:3])), NAMECHEAP).steps)
    assert f"Under Nameserver, enter “{LAST}.”." in steps


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.id)
def test_edited_record_is_saved_with_no_button_of_a_new_one(provider: Provider) -> None:
    change = Change(
        zone="acme.com",
        name="chat",
        host="chat.acme.com",
        values=OURS,
        replace=((f"{LAST}.acme.com", LAST),),
    )
    [edit] = [step for step in steps_at(change, provider) if LAST in step]
    assert edit.endswith((f" Select {provider.save_edit}.", " Save it."))
    assert not edit.endswith(("Add record.", "Create records.", "Add."))
    assert ".." not in edit


def led_by_registrar() -> DelegationReport:
    """Ours alone for the whole domain, with a former set that an earlier check has kept."""
    led = Delegation("acme.com", "com", frozenset(OURS), 172_800)
    known = {"acme.com": ("ns1.old-provider.net", "ns2.old-provider.net")}
    observation = replace(healthy(), delegations=(led,), parent_answers=())
    return judge(expectation(known_delegations=known), observation, NOW)


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED])
def test_what_a_registrar_has_to_change_comes_first_and_is_no_change_of_records(
    account: Account, state: DomainState
) -> None:
    domain = make_domain(account, "chat.acme.com", state)
    zone = make_zone(domain, name_servers=list(OURS), baseline={"parent_zone": "acme.com"})
    report = led_by_registrar()
    todo = instructions(domain, zone, report)
    assert todo is not None
    told = guide(domain, todo, report, CLOUDFLARE)
    assert told.steps[0].startswith("At the registrar of acme.com, put the former name servers back: ")
    if state is DomainState.VERIFIED:
        assert told.change.heading == "What to do first"
        assert told.steps[1:] == ("Come back here and press Verify.",)
    else:
        assert told.change.heading == "Add these"
        assert "Cloudflare" in told.steps[1]


def test_ours_at_the_registrar_do_not_tell_who_manages_the_zone(account: Account) -> None:
    domain = make_domain(account, "chat.acme.com")
    zone = make_zone(domain, baseline={"parent_zone": "acme.com", "parent_name_servers": sorted(CLOUDFLARE)})
    asked = tuple(
        replace(one, role="parent", server=ours)
        for one, ours in zip(check(world()[0]).asked, OURS, strict=False)
    )
    report = replace(led_by_registrar(), asked=asked)
    assert {one.server for one in report.asked} == set(OURS)
    assert parent_servers(zone, report) == CLOUDFLARE


def test_provider_that_nobody_knows_gets_plain_steps(account: Account) -> None:
    steps = guide_for(account, of(listing([*OURS, "ns1.other.net"])), UNKNOWN).steps
    assert steps == (
        "Sign in to the provider that manages the DNS of acme.com.",
        "Open the list of its DNS records.",
        "Delete the NS record named “chat” with the value ns1.other.net.",
        "Come back here and press Verify.",
    )


@pytest.mark.parametrize(
    ("host", "servers", "limits", "tool"),
    [
        (
            "chat.acme.com",
            ("ns1.dns-parking.com",),
            ["Hostinger takes no NS records", "as others report"],
            [],
        ),
        ("chat.acme.com", ("ns1.wixdns.net",), ["Wix takes no NS", "some years ago"], []),
        ("chat.acme.com", tuple(CLOUDFLARE), ["only where no record of another type"], []),
        ("chat.acme.com", tuple(ROUTE53), ["AWS asks our four name servers", "InvalidChangeBatch"], []),
        ("chat.acme.com", ("ns01.squarespacedns.com",), ["as far as its help tells"], []),
        (
            "a.chat.acme.com",
            ("ns01.squarespacedns.com",),
            ["no name of several levels, such as “a.chat”"],
            [],
        ),
        ("chat.acme.com", ("ns1.dnsimple.com",), [], ["DNSimple takes no NS records by its API"]),
        ("chat.acme.com", tuple(UNKNOWN), [], []),
        ("chat.acme.com", ("ns41.domaincontrol.com",), [], []),
    ],
)
def test_what_the_provider_cannot_do_is_said_before_anybody_tries(
    account: Account, host: str, servers: tuple[str, ...], limits: list[str], tool: list[str]
) -> None:
    told = guide_for(account, None, frozenset(servers), host=host)
    assert [words for words in limits if words not in " ".join(told.limits)] == []
    assert [words for words in tool if words not in " ".join(told.tool_limits)] == []
    assert bool(told.limits) is bool(limits)


def test_what_some_providers_cannot_do_is_said_where_the_provider_is_unknown(account: Account) -> None:
    assert "take one NS record for a name" in " ".join(guide_for(account, None, UNKNOWN).common_limits)
    named = make_domain(account, "other.acme.com").domain_name
    assert guide_for(account, None, CLOUDFLARE, host=f"a.{named}").common_limits == ()


def test_name_above_is_written_as_people_write_it() -> None:
    told = list(without_alias_above({"owner": "xn--bcher-kva.de", "type": "DNAME"}))
    assert told == ["Delete the DNAME record at bücher.de (xn--bcher-kva.de)."]
