"""No page is missing in the gallery: every route and template is in the list of `tests.browser.gallery`, or this
module says why it is no page.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask, template_rendered
from jinja2 import Template
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from tests.browser.gallery import Gallery, Visit
from tests.browser.gallery_data import WHO, told_of
from tests.browser.gallery_emails import written
from tests.dns.delegation.cases import OTHERS, expectation, healthy
from tests.factories import make_account, make_domain, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.dns.delegation import judge
from webapp.extensions import db
from webapp.models import Check, DomainState, LLMClientCustomDomain, utcnow

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"

NO_PAGES = {
    "static": "a file",
    "bootstrap.static": "a file",
    "security.static": "a file",
    "favicon": "a file",
    "auth.export": "a file to take along",
    "bulk.export_csv": "a file to take along",
    "imports.result_csv": "a file to take along",
    "imports.status": "the live part of an import’s page, which is on the list with the page",
    "domains.status": "the live part of a domain’s page, which is on the list with the page",
    "staff.domain_status": "the same, for staff",
    "staff.figures": "the part of staff’s overview that reads itself anew, which is on the list with the page",
    "open_links.status": "the same, for whoever has a link",
    "edge.ask": "for proxies",
    "edge.route": "for proxies",
    "edge.traefik_configuration": "for proxies",
    "visitors.prove": "for probes",
    "visitors.nobodys_page": "at customers’ names, and without the frame of our pages",
    "api_pages.openapi": "for programs",
    "documentation.document": "for programs",
    "documentation.llms": "for programs",
    "well_known.robots": "for programs",
    "well_known.security_txt": "for programs",
    "well_known.change_password": "leads to the page that changes a password",
    "monitoring.healthz": "for monitoring",
    "monitoring.readyz": "for monitoring",
    "system.metrics": "for monitoring",
    "security.wan_delete": "leads back to the page of passkeys",
    "security.two_factor_setup": "not offered, ours is in its place",
    "security.two_factor_rescue": "not offered",
    "security.tf_select": "not offered, there is one method",
    "security.mf_recovery_codes": "not offered, ours is in its place",
}
NEVER_SEEN = {
    "domains/_page.html": "the frame of others",
    "transfers/move.html": "for owners of two accounts, of whom the gallery has none; tests/transfers lints it",
    "security/logout_user.html": "Flask-Security’s own question whether to sign out; our token check comes before it",
}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return Gallery(tmp_path_factory.mktemp("gallery"))


def test_every_route_is_on_the_list_or_no_page(gallery: Gallery) -> None:
    visited = {endpoint_of(gallery.app, visit) for visit in gallery.visits}
    routes = {rule.endpoint for rule in gallery.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    routes -= {one for one in routes if one.startswith("api_") and not one.startswith("api_pages.")}
    assert routes - visited == NO_PAGES.keys()


def endpoint_of(app: Flask, visit: Visit) -> str | None:
    method = "GET" if visit.form is None else "POST"
    try:
        endpoint, _ = app.url_map.bind("").match(urlsplit(visit.path).path, method)
    except NotFound:
        return None
    return str(endpoint)


def test_every_page_of_the_list_is_there_and_every_template_is_seen(gallery: Gallery) -> None:
    """The page lint sees all of them, too."""
    seen: set[str | None] = set()

    def keep(_app: Flask, template: Template, **_more: object) -> None:
        seen.add(template.name)

    with template_rendered.connected_to(keep, gallery.app):
        for who in WHO:
            client = gallery.client(who)
            for visit in (visit for visit in gallery.visits if visit.who == who):
                answer = client.open(
                    visit.path,
                    method="GET" if visit.form is None else "POST",
                    data=visit.form,
                    headers={"Referer": "http://localhost/"},
                )
                assert (answer.status_code, answer.mimetype) == (visit.status, "text/html"), visit
        assert {one.name.partition("-")[0] for one in written(gallery)} >= {"verified", "failing", "webhook"}
    assert pages() - seen == NEVER_SEEN.keys()


#: Pages below the first level that have tabs, or that stand alone: a link of an e-mail, or a question in between.
ON_THE_FIRST_LEVEL = re.compile(
    r"/account/(people|notifications|api-keys|webhooks|security|transfers)|/staff/[a-z-]+|/(login|verify)/.+"
    r"|/(invitations|notifications|confirm|records|help|api)/.*|/broken/.+"
)


def test_every_page_below_the_first_level_says_the_way_to_it(gallery: Gallery) -> None:
    client, ways = gallery.client("customer"), 0
    for visit in (one for one in gallery.visits if one.who == "customer" and one.status == 200):
        path = urlsplit(visit.path).path
        deep = path.count("/") > 1 and not ON_THE_FIRST_LEVEL.fullmatch(path)
        if visit.form is not None or not deep:
            continue
        page = parse(client.get(visit.path).text)
        [way] = [nav for nav in elements(page, "nav") if nav.get("aria-label") == "Breadcrumbs"]
        links = list(elements(way, "a"))
        assert links, visit
        assert [text_of(one) for one in elements(way, "li") if one.get("aria-current") == "page"], visit
        for link in links:
            assert client.get(link.get("href", "")).status_code == 200, (visit, link.get("href"))
        ways += 1
    assert ways > len(DomainState)


def pages() -> set[str | None]:
    """Every template that is a whole page of Nameplate."""
    found = {path.relative_to(TEMPLATES).as_posix(): path for path in TEMPLATES.rglob("*.html")}
    return {
        name
        for name, path in found.items()
        if "{% extends" in path.read_text(encoding="utf-8") and not name.startswith("sandbox/")
    }


def test_every_report_is_of_the_domain_that_shows_it(gallery: Gallery) -> None:
    with gallery.app.app_context():
        checks = [check for check in db.session.scalars(select(Check)) if check.report]
        assert len(checks) > len(DomainState)
        for check in checks:
            report, domain = check.report or {}, check.custom_domain
            assert report["host"] == domain.domain_name
            servers = {server for zone in domain.zones[:1] for server in zone.name_servers}
            own = {proof.token for proof in domain.records_proofs if report.get("method") == "records"}
            told = {value.split(" ")[-1] for value in report["expected"]}
            assert told >= own if own else told == servers, domain.domain_name


def test_report_of_a_case_can_be_told_of_any_name_servers(gallery: Gallery) -> None:
    """Those of others in the case as well."""
    with gallery.app.app_context():
        domain = make_domain(make_account(), "told.example.net")
        make_zone(domain, name_servers=list(OTHERS))
        report = told_of(domain, judge(expectation(), healthy(), utcnow()))
        db.session.rollback()
    assert set(report.expected) == set(OTHERS)


def test_what_a_page_says_of_its_domain_names_no_other(gallery: Gallery) -> None:
    """Plate, table and sentences are of one domain."""
    client = gallery.client("customer")
    with gallery.app.app_context():
        names = {
            domain.id: domain.domain_name for domain in db.session.scalars(select(LLMClientCustomDomain))
        }
    pages = [one for one in gallery.visits if re.fullmatch(r"/domains/\d+", one.path) and one.status == 200]
    assert len(pages) > len(DomainState)
    for visit in (one for one in pages if one.who == "customer"):
        page, domain = parse(client.get(visit.path).text), names[int(visit.path.split("/")[2])]
        assert text_of(next(elements(page, "h1"))) == domain, visit
        said = set(re.findall(r"[\w.-]+\w", text_of(with_id(page, "live"))))
        assert said & set(names.values()) <= {domain}, visit


def test_dates_of_a_domain_are_in_their_order(gallery: Gallery) -> None:
    with gallery.app.app_context():
        for domain in db.session.scalars(select(LLMClientCustomDomain)):
            assert domain.events, domain.domain_name
            if domain.is_verified:
                dates = (domain.created_at, domain.verified_at, domain.last_checked_at)
                assert list(dates) == sorted(date for date in dates if date), domain.domain_name
                assert domain.verdict, domain.domain_name
