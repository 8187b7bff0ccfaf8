"""The pages of what happened, and what the domain's page and the list draw of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from xml.etree.ElementTree import Element

import pytest
import time_machine
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.domains.reports import report
from tests.factories import make_account, make_checked, make_domain, make_user, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.audit.history import EVER, Days
from webapp.audit.log import Actor, note
from webapp.dns.delegation import Verdict
from webapp.domains import suspension
from webapp.extensions import db
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Message,
    User,
    utcnow,
)
from webapp.proofs.delegation.expectation import expectation_of
from webapp.timeline.checks import checks_of, found_words
from webapp.timeline.days import DayKind, Run
from webapp.timeline.pages import views
from webapp.timeline.pages.views import MOST_ON_THE_PAGE, PER_PAGE, run_words

NOW = utcnow().replace(hour=12, minute=0)
#: The elements of a picture are in a namespace of their own.
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    """The pages count days from today, which is the day of `NOW` even when midnight has passed since."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, state=DomainState.VERIFIED)
    domain.created_at = NOW - timedelta(days=60)
    make_zone(domain)
    db.session.commit()
    return domain


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def verified(domain: LLMClientCustomDomain, at: datetime) -> tuple[Event, Event]:
    """As `webapp.checks.record` notes a verification: the verdict, and the state that follows from it."""
    evidence = {"verdict": "VERIFIED"}
    said = Message("legacy", {"sentence": "The verdict is another one."})
    verdict = note(domain, EventKind.VERDICT_CHANGED, said, evidence={**evidence, "found": []})
    told = Message("domain.verified", {"name": domain.domain_name, "parent": "acme.test"})
    states = {"from": "pending", "to": "verified"}
    state = note(domain, EventKind.STATE_CHANGED, told, evidence={**states, **evidence})
    verdict.created_at = state.created_at = at
    db.session.flush()
    return verdict, state


def check(domain: LLMClientCustomDomain, at: datetime, verdict: str = "VERIFIED") -> Check:
    times = {"created_at": at, "updated_at": at}
    row = Check(custom_domain_id=domain.id, origin=CheckOrigin.SCHEDULE, status=CheckStatus.DONE, **times)
    row.verdict = verdict
    db.session.add(row)
    db.session.flush()
    return row


def page_at(browser: FlaskClient, path: str) -> Element:
    answer = browser.get(path)
    assert answer.status_code == 200
    return parse(answer.text)


def sentences(page: Element) -> list[str]:
    lists = [ol for ol in elements(page, "ol") if ol.get("class") == "history"]
    return [text_of(next(elements(li, "p"))) for ol in lists for li in elements(ol, "li")]


# The history


def test_a_verification_is_told_once_to_the_customer_and_twice_to_staff(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    verified(domain, ago(2))
    db.session.commit()
    told = ["chat.acme.test is verified: acme.test has exactly our four NS records for it."]
    url = f"/domains/{domain.id}"
    assert sentences(page_at(browser, url)) == sentences(page_at(browser, f"{url}/history")) == told
    staff = sign_in(browser.application.test_client(), make_user(staff=True))
    assert sentences(page_at(staff, f"/staff{url}")) == [*told, "The verdict is another one."]
    assert len(browser.get(f"{url}/history?as=json").json["events"]) == 2  # type: ignore[index]


@pytest.mark.parametrize(("apart", "to"), [(timedelta(minutes=1), "verified"), (timedelta(0), "failing")])
def test_other_verdicts_are_told(
    browser: FlaskClient, domain: LLMClientCustomDomain, apart: timedelta, to: str
) -> None:
    verdict, state = verified(domain, ago(2))
    verdict.created_at -= apart
    state.evidence = {**(state.evidence or {}), "to": to}
    db.session.commit()
    assert len(sentences(page_at(browser, f"/domains/{domain.id}/history"))) == 2


@pytest.mark.parametrize("above", [PER_PAGE - 2, PER_PAGE - 1, PER_PAGE, PER_PAGE + 1])
def test_no_page_of_the_history_tells_it_again(
    browser: FlaskClient, domain: LLMClientCustomDomain, above: int
) -> None:
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}))
    verified(domain, ago(2))
    for number in range(above):
        told = {"name": "chat.acme.test", "llm_client": f"bot {number}"}
        note(domain, EventKind.ATTACHED, Message("llm-client.attached", told))
    db.session.commit()
    found, path = [], f"/domains/{domain.id}/history"
    while path:
        page = page_at(browser, path)
        found += sentences(page)
        path = next((a.attrib["href"] for a in elements(page, "a") if text_of(a) == "Older"), "")
    assert len(found) == above + 2
    assert "The verdict is another one." not in found
    assert found[-1] == "chat.acme.test was registered."


def test_no_customer_reads_who_of_staff_has_acted(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    staff = make_user(staff=True, email="staff@platform.test")
    suspension.suspend(domain, actor=Actor.person(staff, as_staff=True), reason="Asked.", now=utcnow())
    db.session.commit()
    for path in ("", "/history", "/history?as=csv", "/history?as=json"):
        text = browser.get(f"/domains/{domain.id}{path}").text
        assert "Nameplate’s staff" in text.encode().decode("unicode_escape") or "Nameplate’s staff" in text
        assert "staff@platform.test" not in text
    other = sign_in(browser.application.test_client(), make_user(staff=True))
    assert "Staff, staff@platform.test" in other.get(f"/staff/domains/{domain.id}").text


def test_days_have_headings_and_events_have_shapes(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}))
    db.session.flush()
    db.session.query(Event).update({Event.created_at: datetime(2026, 3, 1, 12, tzinfo=NOW.tzinfo)})
    verified(domain, datetime(2026, 3, 2, 12, tzinfo=NOW.tzinfo))
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}/history")
    assert [text_of(h2) for h2 in elements(page, "h2")] == ["2 March 2026", "1 March 2026"]
    icons = [svg.get("class") for ol in elements(page, "ol") for svg in elements(ol, f"{SVG}svg")]
    assert icons == ["icon icon-verified", "icon icon-plus"]
    links = [a.get("href") for a in elements(page, "a") if text_of(a).startswith("What checks saw")]
    assert links == [f"/domains/{domain.id}/history?since=2026-03-02&until=2026-03-02#checks"]


# Some days


def test_a_day_has_its_events_and_its_checks(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    for days in (5, 4, 3):
        verified(domain, ago(days))
        check(domain, ago(days), "NOT_DELEGATED")
    db.session.commit()
    day = ago(4).date().isoformat()
    page = page_at(browser, f"/domains/{domain.id}/history?since={day}&until={day}")
    assert len(sentences(page)) == 1
    rows = [text_of(row) for row in elements(page, "tr")][1:]
    assert len(rows) == 1
    assert "Not our records NOT_DELEGATED" in rows[0]
    text = browser.get(f"/domains/{domain.id}/history?since={day}&until={day}&as=csv").text
    assert text.count("state.changed") == 1


def test_a_day_ends_where_the_next_begins(domain: LLMClientCustomDomain) -> None:
    midnight = datetime(2026, 3, 2, tzinfo=NOW.tzinfo)
    last, first = check(domain, midnight - timedelta(seconds=1)), check(domain, midnight)
    db.session.commit()
    for day, row in ((1, last), (2, first)):
        days = Days(date(2026, 3, day), date(2026, 3, day))
        assert [one.row.id for one in checks_of(domain, days, 9)] == [row.id]


def test_of_many_checks_the_newest_are_shown(
    browser: FlaskClient, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MOST_CHECKS", 2)
    day, hint = ago(3).date().isoformat(), "These are the newest 2; choose fewer days"
    for verdict in ("NOT_DELEGATED", "VERIFIED"):
        check(domain, ago(3), verdict)
    db.session.commit()
    assert hint not in text_of(page_at(browser, f"/domains/{domain.id}/history?since={day}"))
    check(domain, ago(3), "PARENT_UNREACHABLE")
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}/history?since={day}")
    assert hint in text_of(page)
    assert [text_of(code) for code in elements(page, "code")] == ["PARENT_UNREACHABLE", "VERIFIED"]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_state_changes_are_taken_along_alone(
    browser: FlaskClient, domain: LLMClientCustomDomain, form: str
) -> None:
    verified(domain, ago(4))
    db.session.commit()
    text = browser.get(f"/domains/{domain.id}/history?show=changes&as={form}").text
    assert ("state.changed" in text, "verdict.changed" in text) == (True, False)


def test_the_page_of_the_domain_has_the_newest_entries(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    for number in range(MOST_ON_THE_PAGE + 2):
        told = {"name": "chat.acme.test", "llm_client": f"bot {number}"}
        note(domain, EventKind.ATTACHED, Message("llm-client.attached", told))
    db.session.commit()
    found = sentences(page_at(browser, f"/domains/{domain.id}"))
    assert len(found) == MOST_ON_THE_PAGE
    assert found[0] == f"chat.acme.test now leads to bot {MOST_ON_THE_PAGE + 1}."


@pytest.mark.parametrize(
    ("query", "on"),
    [
        ("since=2020-01-01&until=2020-01-02", "on these days"),
        ("until=2020-01-02", "on these days"),
        ("since=9998-01-01", "on these days"),
        ("since=2020-01-01&until=2020-01-01", "on this day"),
    ],
)
def test_days_without_anything_say_so(
    browser: FlaskClient, domain: LLMClientCustomDomain, query: str, on: str
) -> None:
    verified(domain, ago(4))
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}/history?{query}")
    assert f"Nothing has happened {on}." in text_of(page)
    assert f"No check ended {on}" in text_of(page)


@pytest.mark.parametrize("since", ["", "yesterday", "2026-02-30", "99999-01-01"])
def test_what_is_no_day_limits_nothing(
    browser: FlaskClient, domain: LLMClientCustomDomain, since: str
) -> None:
    verified(domain, ago(4))
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}/history?since={since}")
    assert len(sentences(page)) == 1
    assert with_id(page, "checks") is None


def test_what_one_check_saw(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    row = make_checked(domain, report(expectation_of(domain), Verdict.NOT_DELEGATED, utcnow()))
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}/checks/{row.id}")
    assert next(e.get("data-verdict") for e in elements(page, "section")) == "NOT_DELEGATED"
    assert text_of(with_id(page, "found")) == "Not our records"
    assert with_id(page, "asked") is not None


def test_a_check_whose_report_is_gone_says_so(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    row = check(domain, ago(3), "OF_TOMORROW")
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}/checks/{row.id}")
    assert text_of(with_id(page, "found")) == "OF_TOMORROW"
    assert "is not kept any more" in text_of(page)


def test_checks_of_others_and_of_before_a_transfer_do_not_exist(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    stranger = make_domain(make_account("Rival"))
    theirs, before, since = check(stranger, ago(3)), check(domain, ago(9)), check(domain, ago(1))
    note(domain, EventKind.TRANSFER_ACCEPTED, Message("legacy", {"sentence": "."})).created_at = ago(5)
    waiting = Check(custom_domain_id=domain.id, origin=CheckOrigin.SCHEDULE)
    db.session.add(waiting)
    db.session.commit()
    assert browser.get(f"/domains/{stranger.id}/checks/{theirs.id}").status_code == 404
    for row in (theirs, before, waiting):
        assert browser.get(f"/domains/{domain.id}/checks/{row.id}").status_code == 404
    assert browser.get(f"/domains/{domain.id}/checks/{since.id}").status_code == 200
    assert [one.row.id for one in checks_of(domain, EVER, 9)] == [since.id]


def test_every_verdict_is_told_in_few_words() -> None:
    assert {found_words(verdict) for verdict in Verdict} == {
        "Your records lead to us",
        "Not our records",
        "The servers differ",
        "Could not ask",
    }
    assert found_words(None) == "Nothing"


# The timeline


def strip_of(page: Element) -> list[tuple[str, str]]:
    """Each cell's class and title."""
    section = next(e for e in elements(page, "section") if "data-timeline" in e.attrib)
    cells = [a for svg in elements(section, f"{SVG}svg") for a in elements(svg, f"{SVG}a")]
    return [
        (list(elements(a, f"{SVG}path"))[-1].attrib["class"], text_of(next(elements(a, f"{SVG}title"))))
        for a in cells
    ]


def test_the_page_draws_ninety_cells_and_tells_the_same_in_a_table(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    check(domain, ago(1), "PARENT_UNREACHABLE")
    check(domain, ago(2))
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}")
    cells, yesterday = strip_of(page), f"{ago(1):%-d %B %Y}"
    assert len(cells) == 90
    assert cells[-2] == ("day day-not-asked", f"{yesterday}: Could not ask, 1 check")
    assert cells[-3][0] == "day day-verified"
    rows = [text_of(row) for row in elements(with_id(page, "timeline-table") or page, "tr")]
    assert f"{ago(1):%-d %b %Y} Could not ask 1, none could ask –" in rows
    assert "verified on 60 days, could not ask on 1 day." in text_of(page)


def test_each_cell_leads_to_the_evidence_of_its_day(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    staff = sign_in(browser.application.test_client(), make_user(staff=True))
    day = ago(1).date().isoformat()
    of_day = f"since={day}&until={day}"
    own = browser.get(f"/domains/{domain.id}").text
    assert f'href="/domains/{domain.id}/history?{of_day}" tabindex="-1"'.replace("&", "&amp;") in own
    theirs = staff.get(f"/staff/domains/{domain.id}").text
    assert f"/staff/events?domain=chat.acme.test&amp;{of_day.replace('&', '&amp;')}" in theirs
    assert staff.get(f"/staff/events?domain=chat.acme.test&{of_day}").status_code == 200


def test_a_pin_says_what_happened(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    told = {"name": "chat.acme.test", "llm_client": "Bot"}
    note(domain, EventKind.ATTACHED, Message("llm-client.attached", told)).created_at = ago(3)
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}")
    assert strip_of(page)[-4][1].endswith(": Verified. chat.acme.test now leads to Bot.")
    assert [p.get("class") for p in elements(page, f"{SVG}path") if "pin" in (p.get("class") or "")] == [
        "pin pin-client",  # in the strip, in the legend, and in the table
    ] * 3


def test_today_stands_under_the_end_of_the_last_strip(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    page = page_at(browser, f"/domains/{domain.id}")
    under = [one for one in elements(page, "p") if one.get("class") == "strip-days"]
    told = [[text_of(span) for span in elements(one, "span")] for one in under]
    starts = [f"{ago(days):%-d %b}" for days in (89, 59, 29)]
    assert told == [[starts[0], ""], [starts[1], ""], [starts[2], "Today"]]


def test_a_name_of_today_has_no_strip(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, "new.acme.test")
    db.session.commit()
    assert "data-timeline" not in browser.get(f"/domains/{domain.id}").text


def test_each_row_of_the_list_has_thirty_days(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    page = page_at(browser, "/domains")
    strip = next(e for e in elements(page, "span") if e.get("class") == "strip-short")
    assert text_of(strip) == "Last 30 days: verified on 30 days."
    paths = list(elements(strip, f"{SVG}path"))
    assert [path.get("class") for path in paths] == ["day day-verified"]
    assert paths[0].attrib["d"].count("M") == 30


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 3), date(2026, 11, 3), "3 Nov 2026"),
        (date(2026, 11, 3), date(2026, 11, 9), "3 to 9 Nov 2026"),
        (date(2026, 10, 30), date(2026, 11, 9), "30 Oct to 9 Nov 2026"),
        (date(2025, 12, 30), date(2026, 1, 2), "30 Dec 2025 to 2 Jan 2026"),
    ],
)
def test_runs_of_days_in_words(first: date, last: date, words: str) -> None:
    assert run_words(Run(first, last, DayKind.VERIFIED, 0, 0, ())) == words


# The certificate


def give(domain: LLMClientCustomDomain, days: int) -> None:
    certificate = Certificate(custom_domain_id=domain.id, domain_name=domain.domain_name)
    certificate.state, certificate.idempotency_token = CertificateState.ISSUED, "t"
    certificate.issued_at, certificate.not_after = ago(50), ago(50 - days)
    db.session.add(certificate)
    db.session.commit()


def test_the_life_of_a_certificate(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    give(domain, 395)
    section = next(
        e for e in elements(page_at(browser, f"/domains/{domain.id}")) if e.get("data-certificate")
    )
    told = {
        text_of(dt): text_of(dd)
        for dt, dd in zip(elements(section, "dt"), elements(section, "dd"), strict=True)
    }
    assert list(told) == ["Issued", "Today", "Renewal", "Ends"]
    assert told["Renewal"] == f"from about {ago(50 - 335):%-d %B %Y}"
    assert told["Ends"].startswith(f"{ago(50 - 395):%-d %B %Y}, in 34")
    assert "renews by itself" in text_of(section)


@pytest.mark.parametrize("contrary", [False, True])
def test_a_page_of_a_name_that_leads_elsewhere_does_not_say_that_it_renews(
    browser: FlaskClient, domain: LLMClientCustomDomain, contrary: bool
) -> None:
    give(domain, 70)
    if contrary:
        domain.contrary_since, domain.verdict = ago(0.1), "NOT_DELEGATED"
    else:
        domain.state, domain.grace_until = DomainState.FAILING, ago(-3)
    db.session.commit()
    section = next(
        e for e in elements(page_at(browser, f"/domains/{domain.id}")) if e.get("data-certificate")
    )
    assert "renews by itself" not in text_of(section)
    assert "not while the name leads elsewhere" in text_of(section)
    assert "Its renewal is due, and waits for your records. Put them back before" in text_of(section)
    assert [e.get("data-renewable") for e in elements(section, "div") if e.get("class") == "life"] == ["no"]


@pytest.mark.parametrize(
    ("days", "life", "told"),
    [
        (70, True, "Its renewal is due, and waits for your records."),
        (395, True, ""),
        (395, False, "It cannot renew while chat.acme.test leads elsewhere. Put the records back"),
        (40, True, ""),
    ],
    ids=["due", "long-before", "unknown", "over"],
)
def test_a_certificate_that_cannot_renew_asks_for_the_records_once_that_matters(
    browser: FlaskClient, domain: LLMClientCustomDomain, days: int, life: bool, told: str
) -> None:
    """Without the day of its issue nobody knows from when on it would be renewed."""
    give(domain, days)
    domain.state, domain.grace_until = DomainState.FAILING, ago(-3)
    if not life:
        domain.certificates[0].issued_at = None
    db.session.commit()
    page = page_at(browser, f"/domains/{domain.id}")
    [line] = [one for one in elements(page, "div") if one.get("class") == "life"]
    asked = [text_of(one) for one in elements(line, "p")]
    assert asked == [] if not told else asked[0].startswith(told)
