"""Page, command and API tell the same of a domain, for every row of both tables of verdicts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask

from tests.api.conftest import Ask, program
from tests.app_fixtures import make_app, make_tables, sign_in
from tests.browser.gallery_data import WHO, seed
from tests.dns.judgement.table import TABLE
from tests.dns.records_method.cases import HOST, TARGET, TOKEN
from tests.dns.records_method.rules.table import CASES, Case
from tests.factories import make_checked, make_domain, make_key
from tests.page_lint import parse, text_of
from webapp.dns.records_method import RecordsExpectation, RecordsReport, judge
from webapp.extensions import db
from webapp.models import Account, DomainState, Method, User, utcnow
from webapp.proofs.registry import METHODS


class Places:
    """One installation, asked in its three ways. `names`: the domains by their ids."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            make_tables()
            account = db.session.get_one(Account, seed()["account"])
            for number, case in enumerate(_one_of_each_reason()):
                _proved_by_records(account, f"chat.brand{number}.com", case)
            _, token = make_key(account, scopes=["read"])
            db.session.commit()
            self.number = account.number
            self.names = {
                one.id: one.domain_name
                for one in account.custom_domains
                if one.state is not DomainState.REMOVED
            }
            self.verdicts = {one.verdict for one in account.custom_domains}
            owner = db.session.query(User).filter_by(email=WHO["customer"]).one()
            app.config["WTF_CSRF_ENABLED"] = False
            self._browser = sign_in(app.test_client(), owner)
            db.session.remove()
        self._ask: Ask = program(app, token)

    def page(self, domain_id: int) -> Element:
        return parse(self._browser.get(f"/domains/{domain_id}").text)

    def command(self, domain_id: int) -> dict[str, Any]:
        words = ["domains", "show", self.names[domain_id], "--account", self.number, "--json"]
        done = self.app.test_cli_runner().invoke(args=words)
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def api(self, domain_id: int) -> dict[str, Any]:
        told: dict[str, Any] = self._ask("GET", f"/domains/{domain_id}").get_json()
        return told

    def listed(self) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        path: str | None = "/domains?limit=100"
        while path:
            told = self._ask("GET", path).get_json()
            found |= {one["id"]: one for one in told["data"]}
            path = f"/domains?limit=100&cursor={told['next_cursor']}" if told["next_cursor"] else None
        return found


def _one_of_each_reason() -> list[Case]:
    return [*{(case.verdict, case.reason): case for case in CASES}.values()]


def _proved_by_records(account: Account, name: str, case: Case) -> None:
    """A claim by records whose last check saw the case, in the words of its own token and target."""
    domain = make_domain(account, name, method=Method.RECORDS)
    METHODS[Method.RECORDS].prepare(domain, utcnow())
    mine = METHODS[Method.RECORDS].expectations([domain])[domain.id]
    assert isinstance(mine, RecordsExpectation)
    there = {HOST: name, "acme.com": name.partition(".")[2], TOKEN: mine.token, TARGET: mine.target}
    text = json.dumps(judge(case.expected, case.observation, utcnow()).to_dict(), ensure_ascii=False)
    told = re.sub("|".join(map(re.escape, there)), lambda found: there[found[0]], text)
    make_checked(domain, RecordsReport.from_dict(json.loads(told)))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    directory: Path = tmp_path_factory.mktemp("places")
    app = make_app(
        directory,
        methods=["delegation", "records"],
        edge_domain="edge.nameplate.net",
        edge_target=["45.76.10.1"],
        edge_probes="yes",
    )
    yield Places(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def test_every_verdict_is_among_them(places: Places) -> None:
    firm = {row[0].value for row in TABLE if not row[0].facts.transient}
    assert firm - places.verdicts == set()
    assert len(places.names) > len(TABLE) + len(_one_of_each_reason())


def test_page_command_and_api_tell_the_same(places: Places) -> None:
    for domain_id, name in places.names.items():
        page, command, api = places.page(domain_id), places.command(domain_id), places.api(domain_id)
        assert command["domain_name"] == api["domain_name"] == name
        for theirs, ours in (("state", "state"), ("verdict", "verdict"), ("situation", "status")):
            assert command[theirs] == api[ours], name
        assert command["needs_action"] == api["needs_action"], name
        assert command["report"] == api["report"], name
        assert records_of(command) == {(one["type"], one["name"], one["value"]) for one in api["records"]}
        _page_says(page, api)


def records_of(command: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (one["type"], one["name"], value)
        for one in command["records"]
        if one.get("mark") != "unexpected"
        for value in one.get("values", [one.get("value")])
    }


def _page_says(page: Element, api: dict[str, Any]) -> None:
    text = plain(text_of(page))
    states = [one.get("data-state") for one in page.iter() if one.get("data-state")]
    assert set(states) == {api["state"]}
    for words in (api["headline"], api["next_step"], *re.split(r"(?<=[.!?]) (?=[A-Z])", api["sentence"])):
        assert plain(words) in text, (api["domain_name"], words)
    verdicts = {one.get("data-verdict") for one in page.iter() if one.get("data-verdict")}
    if api["report"] is not None and verdicts:
        assert api["report"]["verdict"] in verdicts, api["domain_name"]


def plain(text: str) -> str:
    return "".join(text.split())


def test_a_domain_is_in_the_list_as_it_is_alone(places: Places) -> None:
    listed = places.listed()
    assert listed.keys() == places.names.keys()
    for domain_id, summary in listed.items():
        whole = places.api(domain_id)
        own = {"headline"}  # the page of a domain may have more exact words
        assert {key: whole[key] for key in summary if key not in own} == {
            key: value for key, value in summary.items() if key not in own
        }
