"""A test key sees and makes test names alone, by every operation of the document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.api.conftest import program
from tests.api.every_operation import BODIES, arguments, operations, rows
from tests.api.furnished import World, world
from tests.dns.delegation.cases import expectation, healthy
from tests.factories import make_checked, make_domain, make_key, make_llm_client, make_zone
from webapp.audit.log import SYSTEM, note
from webapp.dns.delegation import judge
from webapp.extensions import db
from webapp.keys.access.scopes import OF_TEST_KEYS
from webapp.models import Account, DomainState, EventKind, HandoverLink, LLMClient, Message, utcnow

#: What only the real name, and what belongs to it, would tell.
WORDS = ("brand.com", "Real assistant", "Jane of the brand")


@dataclass
class Tried:
    world: World
    token: str
    live: str
    #: Ids of the real name and of what belongs to it, and of a test name in the same account.
    real: dict[str, int]
    test: dict[str, int]


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    with world(tmp_path_factory.mktemp("api"), "delegation") as found:
        side = found.sides["acme"]
        with found.app.app_context():
            account = db.session.scalars(select(Account).filter_by(number=side.number)).one()
            real = _real(account)
            tokens = [make_key(account, ["write"], test=test)[1] for test in (True, False)]
            db.session.commit()
            db.session.remove()
        test = {name: ids[-1] for name, ids in side.ids.items()}
        yield Tried(found, tokens[0], tokens[1], real, test)


def _real(account: Account) -> dict[str, int]:
    now = utcnow()
    domain = make_domain(account, "chat.brand.com", DomainState.VERIFIED)
    make_zone(domain)
    check = make_checked(domain, judge(expectation(), healthy(), now))
    client = make_llm_client(account, "Real assistant", custom_domain=domain, deployed=True)
    link = HandoverLink(
        account_id=account.id,
        custom_domain=domain,
        made_for="Jane of the brand",
        made_by="owner@acme.test",
        expires_at=now + timedelta(days=14),
    )
    db.session.add(link)
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}), SYSTEM)
    key = make_key(account)[0]
    db.session.flush()
    ids = {"domain_id": domain.id, "check_id": check.id, "llm_client_id": client.id}
    return {**ids, "link_id": link.id, "key_id": key.id}


def _url(path: str, names: list[str], ids: dict[str, int], number: str) -> str:
    for name in names:
        path = path.replace(f"{{{name}}}", number if name == "number" else str(ids.get(name, 1)))
    return path


def test_a_live_key_would_be_told(tried: Tried) -> None:
    """Otherwise the other tests look for words that stand nowhere."""
    ask = program(tried.world.app, tried.live)
    told = "".join(ask("GET", f"{path}?limit=100").text for path in ("/domains", "/llm-clients", "/events"))
    assert all(word in told for word in WORDS[:2])


def test_real_names_and_their_parts_are_not_there(tried: Tried) -> None:
    ask, number = program(tried.world.app, tried.token), tried.world.sides["acme"].number
    before, count = rows(tried.world), 0
    for path, method, operation in operations(tried.world):
        names, called = arguments(operation), operation["operationId"]
        if not names:
            continue
        options = {"json": BODIES[called]} if called in BODIES else {}
        answer = ask(method, _url(path, names, tried.real, number), **options)
        count += 1
        assert answer.status_code in {403, 404, 415, 422}, (method, path, answer.text)
        assert not [word for word in WORDS if word in answer.text], (method, path)
        if method in {"GET", "DELETE"}:
            assert answer.status_code in {403, 404}, (method, path, answer.text)
    assert rows(tried.world) == before
    assert count > 15


def test_no_list_tells_of_a_real_name(tried: Tried) -> None:
    ask, told = program(tried.world.app, tried.token), ""
    for path, method, operation in operations(tried.world):
        if method == "GET" and not arguments(operation):
            listed = "next_cursor" in str(operation["responses"]) or path in {"/domains", "/events"}
            answer = ask("GET", f"{path}?limit=100" if listed else path)
            assert answer.status_code in {200, 403}, (path, answer.text)
            assert not [word for word in WORDS if word in answer.text], path
            told += answer.text
    assert "served.acme.test" in told


def test_test_names_are_as_they_are_to_a_live_key(tried: Tried) -> None:
    test, live = (program(tried.world.app, token) for token in (tried.token, tried.live))
    number, same = tried.world.sides["acme"].number, 0
    for path, method, operation in operations(tried.world):
        names = arguments(operation)
        if method != "GET" or not {"domain_id", "llm_client_id"} & set(names):
            continue
        url = _url(path, names, tried.test, number)
        told, expected = test(method, url), live(method, url)
        if operation["tags"][0] in OF_TEST_KEYS | {"checks"}:
            assert told.status_code == expected.status_code, (url, told.text)
            same += told.status_code == 200
    assert same >= 4


@pytest.mark.parametrize("name", ["chat.brand.com", "https://Chat.Brand.com/", "latest", "chat.brand.com."])
def test_no_real_name_is_registered(tried: Tried, name: str) -> None:
    answer = program(tried.world.app, tried.token)("POST", "/domains", json={"domain_name": name})
    assert (answer.status_code, answer.get_json()["code"]) in {
        (403, "not-a-test-name"),
        (422, "invalid-name"),
    }


def test_client_of_a_real_name_is_not_taken_from_it(tried: Tried) -> None:
    """By either side of the two: the name would not be served any more."""
    ask, before = program(tried.world.app, tried.token), rows(tried.world)
    wanted = {"llm_client_id": tried.real["llm_client_id"]}
    answers = [
        ask("PATCH", f"/domains/{tried.test['domain_id']}", json=wanted),
        ask("POST", "/domains", json={"domain_name": "new.acme.test", **wanted}),
        ask(
            "PATCH",
            f"/llm-clients/{tried.test['llm_client_id']}",
            json={"domain_id": tried.real["domain_id"]},
        ),
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 403]
    assert rows(tried.world) == before


@pytest.fixture
def idle(tried: Tried) -> Iterator[int]:
    """A real LLM client to which no name leads: visitors reach it at its default host."""
    with tried.world.app.app_context():
        account = db.session.scalars(select(Account).filter_by(number=tried.world.sides["acme"].number)).one()
        client_id = make_llm_client(account, "Shop assistant", deployed=True).id
        db.session.commit()
        db.session.remove()
    yield client_id
    with tried.world.app.app_context():
        db.session.execute(delete(LLMClient).where(LLMClient.id == client_id))
        db.session.commit()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/llm-clients/{idle}", {"name": "Renamed"}),
        ("PATCH", "/llm-clients/{idle}", {"deployed": False}),
        ("PATCH", "/llm-clients/{idle}", {"domain_id": "{domain_id}"}),
        ("PATCH", "/llm-clients/{llm_client_id}", {"domain_id": None}),
        ("PATCH", "/llm-clients/{llm_client_id}", {"name": "Renamed"}),
        ("PATCH", "/domains/{domain_id}", {"llm_client_id": "{idle}"}),
        ("POST", "/domains", {"domain_name": "new.acme.test", "llm_client_id": "{idle}"}),
        ("DELETE", "/llm-clients/{idle}", {}),
    ],
)
def test_real_llm_client_is_changed_by_no_write(
    tried: Tried, idle: int, method: str, path: str, body: dict[str, Any]
) -> None:
    """Neither one that stands alone, nor one to which its owner let a test name lead."""
    ids, before = {**tried.test, "idle": idle}, rows(tried.world)
    sent = {name: ids[one.strip("{}")] if str(one).startswith("{") else one for name, one in body.items()}
    answer = program(tried.world.app, tried.token)(
        method, path.format(**ids), **({"json": sent} if sent else {})
    )
    assert (answer.status_code, answer.get_json()["code"]) == (403, "not-a-test-client"), answer.text
    assert rows(tried.world) == before


def test_test_llm_client_is_made_changed_and_served(tried: Tried) -> None:
    ask = program(tried.world.app, tried.token)
    made = ask("POST", "/llm-clients", json={"name": "Trial"}).get_json()
    assert made["test"] is True
    answer = ask(
        "PATCH", f"/llm-clients/{made['id']}", json={"name": "Trial 2", "domain_id": tried.test["domain_id"]}
    )
    assert (answer.status_code, answer.get_json()["name"]) == (200, "Trial 2")
    live = program(tried.world.app, tried.live)
    assert live("POST", "/llm-clients", json={"name": "Real"}).get_json()["test"] is False
    assert live("PATCH", f"/llm-clients/{made['id']}", json={"deployed": False}).status_code == 200


def test_test_name_is_registered(tried: Tried) -> None:
    answer = program(tried.world.app, tried.token)("POST", "/domains", json={"domain_name": "new.acme.test"})
    assert answer.status_code == 201
    assert answer.get_json()["domain_name"] == "new.acme.test"


def test_no_other_resource_is_written(tried: Tried) -> None:
    """Whatever a test key may write is bounded by the tests here. A new resource has to be added to them."""
    ask, written = program(tried.world.app, tried.token), set()
    for path, method, operation in operations(tried.world):
        if method == "GET":
            continue
        options = {"json": BODIES[operation["operationId"]]} if operation["operationId"] in BODIES else {}
        answer = ask(method, _url(path, arguments(operation), {}, "0000-0000-0000"), **options)
        if (answer.get_json(silent=True) or {}).get("code") not in {"scope-missing", "platform-only"}:
            written.add(operation["tags"][0])
    assert written == {"domains", "checks", "llm-clients", "handover-links"}
