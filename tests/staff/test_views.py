from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_user, make_zone, said
from tests.page_lint import elements, parse, text_of
from tests.statements import statements
from webapp.extensions import cache, db
from webapp.health import status
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    Finding,
    LLMClientCustomDomain,
    Message,
    SignedIn,
    User,
    WebhookEndpoint,
    ZoneState,
    utcnow,
)

Queued = list[tuple[str, tuple[object, ...]]]
PAGES = ["/staff", "/staff/domains", "/staff/accounts", "/staff/denied", "/staff/events", "/staff/system"]


@pytest.fixture
def browser(client: FlaskClient, staff_member: User, queued: Queued) -> FlaskClient:
    return sign_in(client, staff_member)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.test")
    make_zone(
        domain, name_servers=["ns-7.awsdns-00.com", "ns-8.awsdns-01.net"], aws_hosted_zone_id="Z00AB12CD"
    )
    make_domain(account, "other.acme.test", DomainState.VERIFIED)
    make_domain(make_account("Rival", number="9999-8888-7777"), "chat.rival.test")
    db.session.commit()
    return domain


def found(browser: FlaskClient, query: str) -> list[str]:
    page = parse(browser.get(f"/staff/domains?{query}").text)
    return [text_of(cell) for cell in elements(page, "th") if cell.get("scope") == "row"]


@pytest.mark.parametrize("url", PAGES)
def test_pages_answer_staff_and_nobody_else(
    browser: FlaskClient, domain: LLMClientCustomDomain, customer: User, url: str
) -> None:
    assert browser.get(url).status_code == 200
    other = browser.application.test_client()
    assert sign_in(other, customer).get(url).status_code == 404


def test_customer_cannot_use_a_staff_address(
    client: FlaskClient, domain: LLMClientCustomDomain, customer: User
) -> None:
    sign_in(client, customer)
    assert client.get(f"/staff/domains/{domain.id}").status_code == 404
    assert client.post(f"/staff/domains/{domain.id}/checks", data={"reason": "x"}).status_code == 404
    assert db.session.scalars(select(Check)).all() == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=chat.acme.test", ["chat.acme.test"]),
        ("q=CHAT.ACME.TEST.", ["chat.acme.test"]),
        ("q=https://chat.acme.test/x", ["chat.acme.test"]),
        ("q=acme", ["chat.acme.test", "other.acme.test"]),
        ("q=acme.test", ["chat.acme.test", "other.acme.test"]),
        ("q=chat.ac", ["chat.acme.test"]),
        ("q=oth&state=verified", ["other.acme.test"]),
        ("q=cme", ["chat.acme.test", "other.acme.test"]),
        ("q=at.a", ["chat.acme.test"]),
        ("q=.test", ["chat.acme.test", "chat.rival.test", "other.acme.test"]),
        ("q=her&state=verified", ["other.acme.test"]),
        ("q=cm", []),
        ("q=1234-5678-9012", ["other.acme.test", "chat.acme.test"]),
        ("q=123456789012", ["other.acme.test", "chat.acme.test"]),
        ("q=Z00AB12CD", ["chat.acme.test"]),
        ("q=/hostedzone/Z00AB12CD", ["chat.acme.test"]),
        ("q=ns-8.awsdns-01.net", ["chat.acme.test"]),
        ("state=verified", ["other.acme.test"]),
        ("q=chat&state=pending", ["chat.acme.test", "chat.rival.test"]),
        ("state=nonsense", ["chat.rival.test", "other.acme.test", "chat.acme.test"]),
        ("q=%25", []),
        ("q=nothing-like-it", []),
    ],
)
def test_any_domain_is_one_search_away(
    browser: FlaskClient, domain: LLMClientCustomDomain, query: str, names: list[str]
) -> None:
    assert found(browser, query) == names


def test_long_lists_are_turned_by_the_last_id(browser: FlaskClient, account: Account) -> None:
    for number in range(52):
        make_domain(account, f"n{number}.acme.test")
    db.session.commit()
    page = parse(browser.get("/staff/domains").text)
    older = next(a.attrib["href"] for a in elements(page, "a") if text_of(a) == "More")
    assert found(browser, older.partition("?")[2]) == ["n1.acme.test", "n0.acme.test"]


#: What `url_for` takes for its own.
ODD = "q=acme&endpoint=x&_external=1&_scheme=y&_method=z&_anchor=a&account_id=0"


@pytest.mark.parametrize("url", ["/staff/domains", "/staff/accounts", "/staff/accounts/{}"])
def test_no_argument_in_the_address_keeps_a_long_list_from_being_turned(
    browser: FlaskClient, account: Account, url: str
) -> None:
    for number in range(51):
        make_domain(account, f"n{number}.acme.test")
        make_account(f"Acme {number}")
    db.session.commit()
    response = browser.get(f"{url.format(account.id)}?{ODD}")
    assert response.status_code == 200
    page = parse(response.text)
    [further] = [a.attrib["href"] for a in elements(page, "a") if text_of(a) == "More"]
    assert further.startswith(url.format(account.id))
    assert "q=acme" in further
    assert browser.get(further).status_code == 200


def test_domain_page_is_the_customers_with_evidence(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    page = browser.get(f"/staff/domains/{domain.id}").text
    assert "Waiting for DNS" in page
    assert "Z00AB12CD" in page
    assert "1234-5678-9012" in page
    status = browser.get(f"/staff/domains/{domain.id}/status").text
    assert f'data-live="/staff/domains/{domain.id}/status"' in status


def test_forced_check_needs_a_reason_and_no_pause_and_the_customer_reads_it(
    browser: FlaskClient, domain: LLMClientCustomDomain, customer: User, queued: Queued
) -> None:
    url = f"/staff/domains/{domain.id}/checks"
    domain.check_requested_at = utcnow()
    db.session.commit()
    refused = browser.post(url, data={"reason": " "})
    assert refused.status_code == 422
    assert 'id="check-reason-problem"' in refused.text
    assert browser.post(url, data={"reason": "They called us."}).status_code == 303
    check = db.session.scalars(select(Check)).one()
    assert check.origin is CheckOrigin.STAFF
    assert queued == [("run_check", (check.id,))]
    other = sign_in(browser.application.test_client(), customer)
    history = other.get(f"/domains/{domain.id}").text
    assert "Reason: They called us." in history
    assert "Nameplate’s staff" in history
    assert "staff@platform.test" not in history


def test_domain_that_is_not_there(browser: FlaskClient) -> None:
    assert browser.get("/staff/domains/4711").status_code == 404


def test_overview_counts_and_names_what_aws_did_not_make(
    browser: FlaskClient, account: Account, domain: LLMClientCustomDomain
) -> None:
    make_zone(make_domain(account, "stuck.acme.test"), ZoneState.PARKED, problem=said("TooManyHostedZones"))
    db.session.commit()
    page = browser.get("/staff").text
    assert "<strong>3</strong> Waiting" in page
    assert "2 accounts in all." in text_of(parse(page))
    assert "TooManyHostedZones" in page


@pytest.mark.parametrize("text", ["Acme", "aCM", "1234-5678-9012", "123456789012", "owner@acme.test"])
def test_accounts_are_found(browser: FlaskClient, account: Account, customer: User, text: str) -> None:
    make_user(account=make_account("Rival"), email="someone@rival.test")
    db.session.commit()
    page = text_of(next(elements(parse(browser.get(f"/staff/accounts?q={text}").text), "table")))
    assert "owner@acme.test" in page
    assert "Rival" not in page


def test_events_are_filtered(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    browser.post(f"/staff/domains/{domain.id}/checks", data={"reason": "They called us."})
    assert "They called us." in browser.get("/staff/events?kind=check.requested").text
    assert "They called us." not in browser.get("/staff/events?kind=registered").text


def test_system_page_shows_settings_and_no_secret(browser: FlaskClient) -> None:
    page = browser.get("/staff/system").text
    assert "DNS resolvers" in page
    assert browser.application.config["SECRET_KEY"] not in page


def test_overview_says_what_waits(browser: FlaskClient, account: Account) -> None:
    late = make_domain(account, "late.acme.test", DomainState.VERIFIED, next_check_at=utcnow())
    make_domain(account, "held.acme.test", DomainState.VERIFIED, next_check_at=utcnow(), held_at=utcnow())
    db.session.add(Check(custom_domain=late, origin=CheckOrigin.SCHEDULE))
    told = Message("finding.orphan", {"zone": "Z9", "name": "acme.test"})
    db.session.add(Finding(kind="unknown", message=told, last_seen_at=utcnow()))
    make_domain(account, "gone.acme.test", DomainState.REMOVING)
    db.session.commit()
    page = browser.get("/staff").text
    assert "<dt>Open checks</dt><dd>1, the oldest waits since" in page
    assert "<dt>Checks due</dt><dd>1, the oldest was due" in page
    assert "<strong>1</strong> Suspended" in page
    assert "Zone Z9 of acme.test carries our tag" in page
    assert "gone.acme.test" in page


def test_names_on_hold_are_a_list(browser: FlaskClient, account: Account) -> None:
    make_domain(account, "held.acme.test", held_at=utcnow())
    make_domain(account, "free.acme.test")
    db.session.commit()
    assert found(browser, "state=held") == ["held.acme.test"]


def test_pages_of_a_search_by_name_miss_and_repeat_nothing(browser: FlaskClient, account: Account) -> None:
    names = [f"chat{n:02}.acme.test" for n in range(60)] + [f"x{n:02}.chat.test" for n in range(60)]
    names += [f"livechat{n:02}.acme.test" for n in range(60)]
    for name in names:
        make_domain(account, name)
    db.session.commit()
    query, seen = "q=chat", []
    while query:
        seen += found(browser, query)
        page = browser.get(f"/staff/domains?{query}").text
        query = page.partition('class="pager"><a href="')[2].partition('"')[0].replace("&amp;", "&")
        query = query.partition("?")[2]
    assert seen == names


def test_whole_name_that_is_there_is_no_part_of_others(browser: FlaskClient, account: Account) -> None:
    for name in ("my.acme.test", "acme.test.example.com"):
        make_domain(account, name)
    db.session.commit()
    assert found(browser, "q=my.acme.test") == ["my.acme.test"]
    assert found(browser, "q=y.acme.test") == ["my.acme.test"]
    assert found(browser, "q=acme.test") == ["acme.test.example.com", "my.acme.test"]


def test_search_names_the_accounts_that_begin_so(browser: FlaskClient, account: Account) -> None:
    assert f'href="/staff/accounts/{account.id}"' in browser.get("/staff/domains?q=acm").text


def test_tiles_lead_to_their_lists_in_the_customers_words(browser: FlaskClient, account: Account) -> None:
    make_domain(account, "off.acme.test", DomainState.LAPSED)
    make_domain(account, "bad.acme.test", DomainState.FAILING, grace_until=utcnow())
    db.session.commit()
    page = browser.get("/staff").text
    assert (
        'href="/staff/domains?show=failing" class="count-bad" data-group="failing"><strong>1</strong>' in page
    )
    assert 'href="/staff/domains?show=waiting" data-group="waiting"><strong>0</strong>' in page
    assert "lapsed" not in page
    assert found(browser, "show=action") == ["off.acme.test"]
    assert found(browser, "show=failing") == ["bad.acme.test"]
    assert (
        '<option value="failing" selected>Failing</option>' in browser.get("/staff/domains?show=failing").text
    )


def faults(browser: FlaskClient) -> set[str]:
    return {one.get("data-fault") or "" for one in elements(parse(browser.get("/staff").text), "li")} - {""}


def test_overview_names_what_fails_and_nothing_while_all_is_well(
    browser: FlaskClient, account: Account
) -> None:
    assert faults(browser) == {"none"}
    make_domain(account, "bad.acme.test", DomainState.FAILING, grace_until=utcnow())
    status.note_trouble(status.Component.RESOLVER, Message("mail.refused", {"said": "x"}), utcnow())
    db.session.add(
        WebhookEndpoint(
            url="https://x.test/", types=[], payload_version="1", secret="s", failing_since=utcnow()
        )
    )
    db.session.commit()
    cache.clear()
    assert faults(browser) == {"failing", "component-resolver", "webhooks"}


def test_quota_has_a_gauge_where_zones_are_made(browser: FlaskClient) -> None:
    status.note_facts(status.Component.ZONE_QUOTA, {"limit": 500, "used": 8}, utcnow())
    status.note_ok(status.Component.ZONE_QUOTA, utcnow())
    db.session.commit()
    assert 'data-quota="8/500"' in browser.get("/staff").text
    assert "8 of 500 hosted zones at AWS" in browser.get("/staff/system").text


def test_overview_and_system_are_not_the_same_lists(browser: FlaskClient) -> None:
    overview, system = browser.get("/staff").text, browser.get("/staff/system").text
    assert ("What we depend on" in overview, "What we depend on" in system) == (False, True)
    assert ("Open checks" in overview, "Open checks" in system) == (True, False)


def test_many_networks_are_folded(browser: FlaskClient) -> None:
    settings = browser.application.extensions["settings"]
    networks = tuple((f"192.0.{n}.0/24", ("127.0.0.1", 5300)) for n in range(35))
    browser.application.extensions["settings"] = settings.model_copy(update={"dns_address_map": networks})
    assert "<summary>35 entries" in browser.get("/staff/system").text


def test_every_plot_has_a_table_and_no_plot_is_read_out(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    done = {"origin": CheckOrigin.SCHEDULE, "status": CheckStatus.DONE, "verdict": "NS_MISTYPED"}
    with time_machine.travel(utcnow(), tick=False):  # both in one hour, which is a column of the plot
        db.session.add(Check(custom_domain=domain, created_at=utcnow(), updated_at=utcnow(), **done))
        db.session.commit()
        text = browser.get("/staff").text
    page = parse(text)
    frames = [one for one in elements(page, "figure") if one.get("class") == "plot"]
    assert len(frames) == 3
    assert all(len(list(elements(one, "table"))) == 1 for one in frames)
    drawings = [opened.partition(">")[0] for opened in text.split("<svg")[1:]]
    boxes = [one for one in drawings if "plot-box" in one]
    assert len(boxes) == text.count('<div class="plot-frame" aria-hidden="true">') == 3
    assert all('aria-hidden="true"' in one for one in drawings if one not in boxes)
    (verdicts,) = [one for one in frames if one.get("aria-labelledby") == "verdicts"]
    newest = [text_of(one) for one in elements(list(elements(verdicts, "tr"))[1], "td")]
    assert newest == ["0", "0", "1", "0"]
    assert text.count('<rect class="series-act" x="231.0" y="0.0" width="8.0" height="100.0"/>') == 1
    assert '<rect class="series-good"' not in text


def test_plots_turn_from_hours_to_days(browser: FlaskClient) -> None:
    page = parse(browser.get("/staff?over=days").text)
    (chosen,) = [one for one in elements(page, "a") if one.get("aria-current") == "true"]
    assert text_of(chosen) == "30 days"
    live = next(one for one in elements(page, "div") if one.get("id") == "live")
    assert live.get("data-live") == "/staff/figures?over=days"
    assert "<form" not in browser.get("/staff/figures?over=days").text


def test_figures_are_kept_for_a_minute_and_read_without_a_cache(
    browser: FlaskClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_more: object) -> None:
        raise OSError("no cache")

    assert "0 in 30 days" in browser.get("/staff").text
    make_domain(account, "new.acme.test")
    db.session.commit()
    assert "0 in 30 days" in browser.get("/staff").text
    monkeypatch.setattr(cache, "get", broken)
    assert "1 in 30 days" in browser.get("/staff").text


def test_looking_on_does_not_keep_staff_signed_in(browser: FlaskClient, staff_member: User) -> None:
    row = db.session.query(SignedIn).one()
    row.last_seen_at = before = utcnow() - timedelta(minutes=20)
    db.session.commit()
    assert browser.get("/staff/figures").status_code == 200
    assert db.session.query(SignedIn.last_seen_at).scalar() == before
    browser.get("/staff")
    assert db.session.query(SignedIn.last_seen_at).scalar() > before


def test_served_until_is_said_only_with_a_date(browser: FlaskClient, account: Account) -> None:
    without = make_domain(account, "no-date.acme.test", DomainState.VERIFIED)
    dated = make_domain(account, "bad.acme.test", DomainState.FAILING, grace_until=utcnow())
    db.session.commit()
    assert "Served until" not in browser.get(f"/staff/domains/{without.id}").text
    assert "Served until" in browser.get(f"/staff/domains/{dated.id}").text


def test_moves_and_suspensions_of_the_week_are_counted(browser: FlaskClient, account: Account) -> None:
    held = make_domain(account, "held.acme.test", DomainState.VERIFIED)
    db.session.commit()
    browser.post(f"/staff/domains/{held.id}/hold", data={"reason": "Phishing."})
    assert "1 suspended</a> and" in browser.get("/staff").text


def test_pages_of_staff_take_few_statements_whatever_there_is(browser: FlaskClient, account: Account) -> None:
    def asked() -> int:
        cache.clear()
        with statements() as seen:
            assert browser.get("/staff").status_code == 200
        return len(seen)

    before = asked()
    for number in range(30):
        made = make_domain(account, f"chat{number}.acme.test", DomainState.FAILING, grace_until=utcnow())
        done = {"origin": CheckOrigin.SCHEDULE, "status": CheckStatus.DONE, "verdict": "VERIFIED"}
        db.session.add(Check(custom_domain=made, **done))
    db.session.commit()
    # Halving ids takes a few more, as many as there are digits.
    assert asked() <= before + 12


def test_long_words_of_lists_break_behind_a_dot_or_an_at(
    browser: FlaskClient, domain: LLMClientCustomDomain, customer: User
) -> None:
    browser.post(f"/staff/domains/{domain.id}/checks", data={"reason": "They called us."})
    events, accounts = browser.get("/staff/events").text, browser.get("/staff/accounts").text
    assert "staff@<wbr>platform.<wbr>test" in events
    assert "chat.<wbr>acme.<wbr>test</a>" in events
    assert "owner@<wbr>acme.<wbr>test</a>" in accounts
    assert all('<table class="list list-dense"' in page for page in (events, accounts))


def test_system_says_in_words_what_a_part_does_and_what_to_do_while_it_is_red(browser: FlaskClient) -> None:
    status.note_ok(status.Component.WORKER, utcnow())
    status.note_trouble(status.Component.RESOLVER, Message("mail.refused", {"said": "x"}), utcnow())
    db.session.commit()
    page = browser.get("/staff/system").text
    parts = {
        one.get("data-component"): text_of(one)
        for one in elements(parse(page), "dd")
        if one.get("data-component")
    }
    assert "See whether the servers of DNS_RESOLVERS run" in parts["resolver"]
    assert "Start it" not in parts["worker"]
    assert "Last worked" in parts["worker"]
    assert "<dt>DNS resolver</dt>" in page
    assert "DNS resolver in trouble" in browser.get("/staff").text


def test_kinds_of_events_are_chosen_by_words(browser: FlaskClient) -> None:
    page = browser.get("/staff/events?kind=hold.begun").text
    assert '<option value="hold.begun" selected>Suspended</option>' in page
    assert ">hold.begun</option>" not in page
