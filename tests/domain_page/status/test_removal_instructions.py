"""What the page of a domain says while it is being removed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.domains.reports import report
from tests.factories import make_checked, make_domain, make_zone
from webapp.audit.log import COMMAND
from webapp.dns.delegation import Finding, Verdict
from webapp.dns.judgement.messages import LEGACY
from webapp.domain_page.status.removal_instructions import removal_instructions
from webapp.domains import lifecycle
from webapp.extensions import db
from webapp.models import Account, DomainState, HostedZone, User, ZoneState, utcnow
from webapp.proofs.delegation.expectation import expectation_of
from webapp.removal.deletion_policy import Look, Outlook, Said, Watch

NOW = utcnow()


@pytest.fixture
def zone(account: Account) -> HostedZone:
    zone = make_zone(make_domain(account, state=DomainState.VERIFIED), ready_at=NOW)
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    return zone


def looked(zone: HostedZone, outlook: Outlook, *listed: str, **values: object) -> None:
    outcome = "TIMEOUT" if outlook is Outlook.UNCLEAR else "REFERRAL"
    servers = (Said("ns1.provider.test", outcome, listed),)
    look = Look(
        NOW,
        outlook,
        complete=True,
        parent_zone="acme.test",
        listed=listed,
        ttl=3600,
        servers=servers,
        **values,  # type: ignore[arg-type]
    )
    zone.watch = Watch(shown=True).after(look).to_dict()
    zone.next_attempt_at = NOW + timedelta(days=1)
    db.session.commit()


def test_before_any_look_all_records_are_to_be_deleted(zone: HostedZone) -> None:
    found = removal_instructions(zone.custom_domain, zone)
    assert found is not None
    assert [(line.name_server, line.mark) for line in found.lines] == [(n, None) for n in zone.name_servers]
    assert (found.relative_name, found.parent_zone, found.who_acts) == ("chat", "acme.test", "you")
    assert "“chat”, where acme.test is managed" in found.next_step
    assert found.looking


def test_each_record_is_marked_by_itself(zone: HostedZone) -> None:
    looked(zone, Outlook.LISTED, zone.name_servers[1], also_at=("chat.acme.test.acme.test",))
    found = removal_instructions(zone.custom_domain, zone)
    assert found is not None
    assert [line.mark for line in found.lines] == ["gone", "there", "gone", "gone"]
    assert found.sentence == "1 of 4 records are still at acme.test."
    assert "chat.acme.test.acme.test" in found.next_step
    assert not found.looking


def test_gone_is_told_with_the_time_at_which_the_zone_may_go(zone: HostedZone) -> None:
    looked(zone, Outlook.CLEAN)
    found = removal_instructions(zone.custom_domain, zone)
    assert found is not None
    assert {line.mark for line in found.lines} == {"gone"}
    assert (found.who_acts, found.next_step) == ("nobody", "")
    assert found.delete_after == NOW + timedelta(hours=1)


def test_what_could_not_be_asked_is_not_marked(zone: HostedZone) -> None:
    looked(zone, Outlook.UNCLEAR)
    found = removal_instructions(zone.custom_domain, zone)
    assert found is not None
    assert {line.mark for line in found.lines} == {None}
    assert "ns1.provider.test" in found.sentence
    assert found.who_acts == "nobody"


def test_nothing_is_to_be_deleted_that_was_never_shown(account: Account) -> None:
    zone = make_zone(make_domain(account), ZoneState.CREATED)
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    found = removal_instructions(zone.custom_domain, zone)
    assert found is not None
    assert (found.lines, found.who_acts) == ((), "nobody")


@pytest.mark.parametrize("outlook", [None, *Outlook])
def test_the_page_shows_it(
    client: FlaskClient, customer: User, zone: HostedZone, outlook: Outlook | None
) -> None:
    if outlook is not None:
        looked(zone, outlook, *(zone.name_servers[:2] if outlook is Outlook.LISTED else ()))
    sign_in(client, customer)
    page = client.get(f"/domains/{zone.custom_domain_id}").get_data(as_text=True)
    assert f'data-leaving="{outlook.value if outlook else "unknown"}"' in page
    assert page.count("data-name-server") == 4
    # How many are left stands at the top, and nowhere again; how to delete them stands once, while they are there.
    assert page.count("records are still at") == (1 if outlook is Outlook.LISTED else 0)
    steps = "Sign in to the provider that manages the DNS of" in page
    assert steps == (outlook in {None, Outlook.LISTED})
    assert page.count("Still there") == (2 if outlook is Outlook.LISTED else 0)
    assert ("Delete these where acme.test is managed" in page) == (outlook is not Outlook.CLEAN)


def test_the_page_asks_for_no_further_record(account: Account, client: FlaskClient, customer: User) -> None:
    """The last check was of a name that was wanted."""
    domain = make_domain(account, state=DomainState.VERIFIED, verdict="VERIFIED")
    make_zone(domain, ready_at=NOW)
    hint = Finding(Verdict.VALIDATION_MISSING, "", {LEGACY: {"message": "Add one more.", "next_step": ""}})
    make_checked(domain, report(expectation_of(domain), Verdict.VERIFIED, NOW, further=(hint,)), NOW)
    db.session.commit()
    browser = sign_in(client, customer)
    asked = '<p class="hint">Add one more.</p>'
    assert asked in browser.get(f"/domains/{domain.id}").text
    lifecycle.remove(domain, actor=COMMAND, now=NOW)
    db.session.commit()
    assert asked not in browser.get(f"/domains/{domain.id}").text


def test_pressing_check_again_looks_at_once(
    client: FlaskClient, customer: User, zone: HostedZone, queued: list[tuple[str, tuple[object, ...]]]
) -> None:
    looked(zone, Outlook.LISTED, zone.name_servers[0])
    sign_in(client, customer)
    assert client.post(f"/domains/{zone.custom_domain_id}/checks").status_code == 303
    assert queued == [("see_zone_off", (zone.id,))]
    db.session.refresh(zone)
    assert zone.next_attempt_at is not None
    assert zone.next_attempt_at <= utcnow()
