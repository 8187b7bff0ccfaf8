"""What is done with records that are there: one step for each kind of fault, and none that another one takes back."""

from __future__ import annotations

from typing import Any

import pytest

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
    absent,
    expectation,
    host,
    seen,
)
from tests.domain_page.own_records.cases import a_domain
from webapp.dns.answers import Outcome
from webapp.dns.delegation import Verdict
from webapp.dns.judgement.report import Report
from webapp.dns.lookup.observation import Alias, Says
from webapp.dns.records_method import RecordsObservation, ValidationRecord, judge
from webapp.dns.records_method.lookup.observation import ValidationAnswer
from webapp.domain_page.own_records.corrections import corrected
from webapp.domain_page.own_records.guide import OwnGuide, own_guide
from webapp.domain_page.own_records.to_type import Part, to_type
from webapp.domain_page.records.snippets import chosen
from webapp.models import DomainState, Method

CLOUDFLARE = frozenset({"ada.ns.cloudflare.com", "bob.ns.cloudflare.com"})
NAMECHEAP = frozenset({"dns1.registrar-servers.com"})
STEPS = chosen(None)
VALIDATION = ValidationRecord(f"_x1.{HOST}", "_y2.acm-validations.aws")


def guide_of(
    looked: RecordsObservation,
    servers: frozenset[str] = frozenset(),
    state: DomainState = DomainState.PENDING,
    **expected: Any,
) -> tuple[OwnGuide, Report]:
    wanted = expectation(**expected)
    report, domain = judge(wanted, looked, NOW), a_domain(wanted.host, state)
    return own_guide(domain, to_type(domain, wanted, report), report, servers), report


def steps(found: OwnGuide, part: Part) -> str:
    return " ".join(step for one in found.parts if one.part is part for step in one.steps)


def at_label(alias: str) -> RecordsObservation:
    found = {"says": Says.ALIAS, "outcome": Outcome.NOERROR, "alias": Alias(LABEL, "CNAME", alias)}
    return seen((), (), zone={"parent_answers": tuple(absent(one, **found) for one in SERVERS)})


def at_host(*addresses: str) -> RecordsObservation:
    return seen(hosts=tuple(host(one, addresses=frozenset(addresses)) for one in SERVERS))


# The token


def test_mistyped_token_is_edited_and_nothing_is_deleted() -> None:
    found, _ = guide_of(seen((TOKEN[:-4],), ()))
    said = steps(found, Part.RESERVE)
    assert found.heading == "Correct this"
    assert (
        f"Find the TXT record named “_nameplate-challenge.chat” with the value {TOKEN[:-4]}, and edit it: under "
        f"Value, enter {TOKEN} instead. Select Save." in said
    )
    assert "Delete" not in said
    assert "Add a record" not in said


def test_token_of_somebody_else_stays_beside_ours() -> None:
    """The sentence of the report says that both can stand, so that no step may delete it."""
    found, report = guide_of(seen((OTHER_TOKEN,), ()))
    assert "both can stand" in report.next_step
    said = steps(found, Part.RESERVE)
    assert "Delete" not in said
    assert "edit" not in said
    assert f"enter {TOKEN}" in said
    # Ours is missing: nobody has mistyped it.
    assert found.heading == "Add these"
    assert not any(part.mistake for part in found.parts)


def test_token_that_is_old_is_edited() -> None:
    found, _ = guide_of(seen((OTHER_TOKEN,), ()), former_tokens=(OTHER_TOKEN,))
    assert f"with the value {OTHER_TOKEN}, and edit it" in steps(found, Part.RESERVE)


@pytest.mark.parametrize("alias", [f"{TOKEN}.{ZONE}", "dcv.other.net"], ids=["our token", "another's"])
def test_cname_record_in_the_place_of_the_token_goes_first(alias: str) -> None:
    found, _ = guide_of(at_label(alias))
    said = steps(found, Part.RESERVE)
    deleted = said.index("Delete the CNAME record named “_nameplate-challenge.chat”.")
    assert deleted < said.index("Choose the type TXT")


def test_token_at_a_wrong_name_is_deleted_there() -> None:
    looked = seen((), (), zone={"misplaced_at": (f"{LABEL}.{ZONE}",)})
    found, _ = guide_of(looked)
    assert "Delete the TXT record named “_nameplate-challenge.chat.acme.com”" in steps(found, Part.RESERVE)


def test_zone_of_its_own_at_the_label_goes_before_anything_is_typed() -> None:
    looked = seen((), (), zone={"parent_answers": tuple(absent(one, says=Says.OWN_ZONE) for one in SERVERS)})
    found, _ = guide_of(looked)
    assert steps(found, Part.RESERVE).startswith(f"Delete the zone {LABEL} at your DNS provider")


# Where the name leads


@pytest.mark.parametrize(
    ("value", "mistake"), [(f"{TARGET}.{ZONE}", True), ("shops.example.net", False), (OTHER_TARGET, False)]
)
def test_cname_record_is_edited_whether_it_was_mistyped_or_is_of_the_old_site(
    value: str, mistake: bool
) -> None:
    found, _ = guide_of(seen(names=(value,)), NAMECHEAP)
    said = steps(found, Part.SWITCH)
    assert (
        f"Find the CNAME record named “chat” with the value {value}, and edit it: under Target, enter “{TARGET}.” "
        "instead. Select the check mark (Save Changes)." in said
    )
    assert "Delete" not in said
    assert "Add New Record" not in said
    assert found.heading == ("Correct this" if mistake else "Switch when you like")
    assert ("When you like" in found.lead_by(STEPS)) is not mistake
    assert (
        any("at a moment that you choose" in why for part in found.parts for why in part.why) is not mistake
    )


def test_circle_is_corrected_and_no_calm_switch() -> None:
    """The page says “Action needed” of it, and nobody reaches anything at the name until it is corrected."""
    found, report = guide_of(seen(hosts=tuple(host(one, f"b.{ZONE}", HOST, loop=True) for one in SERVERS)))
    assert report.verdict is Verdict.CNAME_LOOP
    assert found.heading == "Correct this"
    switch = next(part for part in found.parts if part.part is Part.SWITCH)
    assert switch.title == "Switch"
    assert "as it does today" not in " ".join(switch.why)
    assert "and edit it" in steps(found, Part.SWITCH)


def test_wildcard_that_leads_to_us_is_replaced() -> None:
    found, _ = guide_of(seen(host_wildcard=f"*.{ZONE}"))
    said = steps(found, Part.SWITCH)
    assert said.index("Delete the record named “*” that leads to us.") < said.index("enter chat")


def test_proxy_is_switched_off_in_the_words_of_cloudflare() -> None:
    found, _ = guide_of(at_host("104.18.2.3", "104.18.3.3"), CLOUDFLARE)
    said = steps(found, Part.SWITCH)
    assert (
        "If its type is CNAME, edit it: set its proxy status to “DNS only” (grey cloud), and under Target enter "
        f"{TARGET}. Select Save." in said
    )
    # Nobody can find these among the records: they are those of the proxy.
    assert "104.18" not in said


def test_addresses_of_the_old_site_are_deleted_in_one_step() -> None:
    found, _ = guide_of(at_host("203.0.113.7", "203.0.113.8"))
    said = steps(found, Part.SWITCH)
    assert "Delete the A records named “chat” with the values 203.0.113.7, 203.0.113.8." in said
    assert said.index("Delete the A records") < said.index("Choose the type CNAME")


def test_whole_domain_keeps_the_addresses_that_are_right() -> None:
    looked = seen(hosts=tuple(host(one, addresses=frozenset({EDGE[0], "192.0.2.7"})) for one in SERVERS))
    found, _ = guide_of(looked, host=ZONE, apex=True, edge_addresses=EDGE)
    said = steps(found, Part.SWITCH)
    assert "Delete the A record named “@” with the value 192.0.2.7." in said
    assert f"enter {EDGE[0]}." not in said
    assert f"enter {EDGE[1]}." in said


def test_nothing_is_typed_while_the_servers_of_the_zone_differ() -> None:
    """One of them may have the record already that the others do not have yet."""
    differ = host(SERVERS[0], TARGET), host(SERVERS[1], "old.example")
    looked = seen(hosts=differ, validation=ValidationAnswer(told=True))
    found, report = guide_of(looked, validation=VALIDATION)
    assert report.verdict is Verdict.PARENT_INCONSISTENT
    assert not found.writes
    assert found.heading == "Your records"


# The certificate


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED])
def test_record_of_the_certificate_is_asked_for_also_while_the_name_is_verified(state: DomainState) -> None:
    looked = seen(validation=ValidationAnswer(told=True))
    found, report = guide_of(looked, state=state, validation=VALIDATION)
    assert report.verified
    assert found.writes
    assert f"enter {VALIDATION.value}" in steps(found, Part.CERTIFICATE)
    assert steps(found, Part.RESERVE) == steps(found, Part.SWITCH) == ""


def test_record_of_the_certificate_with_another_value_is_edited() -> None:
    looked = seen(validation=ValidationAnswer(told=True, value="_old.acm-validations.aws"))
    found, _ = guide_of(looked, validation=VALIDATION)
    said = steps(found, Part.CERTIFICATE)
    assert (
        f"with the value _old.acm-validations.aws, and edit it: under Value or target, enter {VALIDATION.value}"
        in (said)
    )
    assert "Add a record" not in said


# Whoever is told of the records without steps


def told(looked: RecordsObservation, **expected: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    wanted = expectation(**expected)
    report = judge(wanted, looked, NOW)
    found = corrected(to_type(a_domain(wanted.host), wanted, report), report)
    return found.to_edit, found.to_remove


def test_what_the_steps_edit_delete_and_leave_is_told_without_them_as_well() -> None:
    """An e-mail told its reader to remove all of it: a token of somebody else, and what a proxy shows."""
    assert told(seen((OTHER_TOKEN,), ())) == ((), ())
    assert told(seen((OTHER_TOKEN,), ()), former_tokens=(OTHER_TOKEN,)) == (
        (f"{LABEL} TXT {OTHER_TOKEN}",),
        (),
    )
    assert told(seen(names=("shops.example.net",))) == ((f"{HOST} CNAME shops.example.net",), ())
    assert told(at_host("203.0.113.7")) == ((), (f"{HOST} A 203.0.113.7",))
    assert told(at_host("104.16.1.1")) == ((), ())


# A name that led to us before


def test_name_that_led_to_us_before_is_not_told_to_switch_when_it_is_pending_again() -> None:
    found, report = guide_of(seen(names=()), served=True)
    switch = next(part for part in found.parts if part.part is Part.SWITCH)
    assert "switch" not in report.message.lower()
    assert (found.heading, switch.title, found.calm) == ("Add what is missing", "Switch", False)
    assert switch.why[0].endswith("Add it now: the TXT record is there.")


# A change of the method


def test_name_that_changes_is_told_to_add_the_second_record_at_once() -> None:
    """Its NS records are gone, so that nobody new finds it: nothing is left to switch at leisure."""
    wanted = expectation(served=True)
    report = judge(wanted, seen(names=()), NOW)
    assert "when you like" not in f"{report.message} {report.next_step}"
    domain = a_domain(state=DomainState.VERIFIED)
    domain.next_method = Method.RECORDS
    found = own_guide(domain, to_type(domain, wanted, report), report, frozenset())
    switch = next(part for part in found.parts if part.part is Part.SWITCH)
    assert (found.heading, switch.title) == ("Add what is missing", "Switch")
    assert switch.why[0].endswith("Add it now: the TXT record is there.")
    assert found.lead_by(STEPS) == "Follow the steps below, then press Verify."
