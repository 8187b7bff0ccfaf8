"""What the page says of a check that runs: of each server what it is doing, and never more than is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from tests.factories import make_domain, make_zone
from tests.page_lint import elements, parse, text_of
from webapp.checks.watch import board
from webapp.checks.watch.progress import Line, Progress
from webapp.domain_page.watching import QUIET, Row, Watch, watch
from webapp.extensions import db
from webapp.models import Account, Check, CheckOrigin, CheckStatus, LLMClientCustomDomain, utcnow

NOW = datetime(2026, 11, 27, 12, 0, 3, tzinfo=UTC)
FOUND = Line("parent", "ns1.acme.com", outcome="REFERRAL", ms=12, found=4, wanted=4)
ASKING = Line("parent", "ns2.acme.com", asking=True)


def seen(*lines: Line, ago: timedelta = timedelta()) -> Watch:
    check = Check(id=7, status=CheckStatus.RUNNING, created_at=NOW - timedelta(seconds=3.4))
    found = watch(check, lambda _: Progress(7, NOW - ago, lines), NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("line", "row"),
    [
        (FOUND, Row("found", "ns1.acme.com", "4 of 4 found", 12)),
        (ASKING, Row("settling", "ns2.acme.com", "asking")),
        (
            Line("parent", "ns3", outcome="NXDOMAIN", ms=9, found=0, wanted=4),
            Row("missing", "ns3", "0 of 4 found", 9),
        ),
        (Line("parent", "ns3", outcome="TIMEOUT", ms=3000), Row("waiting", "ns3", "no answer", 3000)),
        (Line("parent", "ns3", outcome="REFUSED", ms=4), Row("waiting", "ns3", "answered with REFUSED", 4)),
        (Line("parent", "ns3", outcome="NOERROR", ms=4), Row("found", "ns3", "answered", 4)),
        (Line("parent", "ns3"), Row("waiting", "ns3", "not asked")),
    ],
)
def test_each_server_by_its_name(line: Line, row: Row) -> None:
    assert seen(line).rows == [row]


def test_first_sentence_counts_who_has_answered() -> None:
    assert seen().sentence == "The answer takes a few seconds."
    assert seen(FOUND, ASKING).sentence == "1 of 2 have answered."
    assert seen(FOUND, Line("parent", "ns2", outcome="TIMEOUT")).sentence == "1 of 2 have answered."
    assert seen(FOUND).seconds == 3


def test_other_servers_have_a_line_for_each_kind() -> None:
    ours = (Line("ours", f"ns-{number}", outcome="NOERROR") for number in range(3))
    rows = seen(
        *ours, Line("ours", "ns-9", asking=True), Line("resolver", "192.0.2.1", outcome="TIMEOUT")
    ).others
    assert rows == [
        Row("settling", "Our name servers", "3 of 4 answered"),
        Row("waiting", "Resolvers", "0 of 1 answered"),
    ]


def test_worker_that_is_gone_leaves_nobody_asking() -> None:
    quiet = seen(FOUND, ASKING, Line("ours", "ns-9", asking=True), ago=QUIET + timedelta(seconds=1))
    assert quiet.quiet_since == NOW - QUIET - timedelta(seconds=1)
    assert "asking" not in {row.words for row in quiet.rows}
    assert "settling" not in {row.icon for row in (*quiet.rows, *quiet.others)}
    assert quiet.sentence.startswith("Nothing has come back for a while.")
    assert quiet.version != seen(FOUND, ASKING, Line("ours", "ns-9", asking=True)).version


def test_no_check_and_one_that_nobody_has_begun() -> None:
    def never(_check_id: int) -> None:
        raise AssertionError

    assert watch(None, never, NOW) is None
    waits = watch(Check(id=7, status=CheckStatus.WAITING, created_at=NOW), never, NOW)
    assert waits is not None
    assert (waits.sentence, waits.rows) == ("It starts in a moment.", [])


def test_check_that_a_clock_ahead_asked_for_has_run_for_no_time() -> None:
    ahead = Check(id=7, status=CheckStatus.WAITING, created_at=NOW + timedelta(seconds=5))
    found = watch(ahead, lambda _: None, NOW)
    assert found is not None
    assert found.seconds == 0


@pytest.fixture
def running(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account)
    make_zone(domain)
    check = Check(
        custom_domain=domain, origin=CheckOrigin.CUSTOMER, status=CheckStatus.RUNNING, started_at=utcnow()
    )
    db.session.add(check)
    db.session.commit()
    return domain


def tell(domain: LLMClientCustomDomain, *lines: Line) -> None:
    (check,) = domain.checks
    assert board.put(Progress(check.id, utcnow(), lines))


def test_poll_answers_anew_whenever_a_server_did(
    browser: FlaskClient, running: LLMClientCustomDomain
) -> None:
    where = f"/domains/{running.id}/status"
    tell(running, ASKING)
    first = browser.get(where)
    assert "asking" in first.text
    again = {"If-None-Match": first.headers["ETag"]}
    assert browser.get(where, headers=again).status_code == 304
    tell(running, ASKING, FOUND)
    changed = browser.get(where, headers=again)
    assert changed.status_code == 200
    assert "4 of 4 found" in changed.text
    # What stands around it is the same, so that the script swaps no more than this.
    assert live_version(first.text) == live_version(changed.text)


def live_version(text: str) -> str:
    page = parse(text, whole=False)
    return next(one.attrib["data-version"] for one in elements(page) if one.get("id") == "live")


def test_page_without_scripts_shows_the_same(browser: FlaskClient, running: LLMClientCustomDomain) -> None:
    tell(running, FOUND, ASKING)
    page = parse(browser.get(f"/domains/{running.id}").text)
    watched = next(one for one in elements(page, "div") if one.get("id") == "watch")
    assert "1 of 2 have answered." in text_of(watched)
    assert [text_of(one) for one in elements(watched, "li")] != []


def test_cache_that_is_away_leaves_the_page_as_it_was(
    browser: FlaskClient, running: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_key: str) -> None:
        raise ConnectionError

    monkeypatch.setattr("webapp.checks.watch.board.cache.get", away)
    page = browser.get(f"/domains/{running.id}")
    assert page.status_code == 200
    assert "Checking: we are asking the name servers" in page.text


def test_state_is_that_of_the_rows_whatever_the_progress_says(
    browser: FlaskClient, running: LLMClientCustomDomain
) -> None:
    tell(running, FOUND)
    page = parse(browser.get(f"/domains/{running.id}").text)
    assert [one.attrib["data-state"] for one in elements(page) if "data-state" in one.attrib] == ["pending"]
    assert [one for one in elements(page) if "data-verdict" in one.attrib] == []
