"""Two accounts that see nothing of each other by any operation of the document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.api.conftest import program
from tests.api.furnished import SETUPS, World, world
from webapp.extensions import db

#: Bodies that each operation takes, so that no other rule is what refuses it.
BODIES: dict[str, Any] = {
    "create_domain": {"domain_name": "new.acme.test"},
    "update_domain": {"method": "records"},
    "suspend_domain": {"reason": "x"},
    "create_llm_client": {"name": "New"},
    "update_llm_client": {"name": "New"},
    "create_handover_link": {"made_for": "Jane"},
    "create_transfer": {"to": "friend@acme.test"},
    "accept_transfer": {"llm_client_id": None},
    "update_webhook": {"description": "New"},
    "create_webhook": {"url": "https://new.acme.test/"},
}
QUERIES = {"release_domain": "?reason=x"}
#: What belongs to no account, or is an account by its number.
NO_IDS = {"number"}


@pytest.fixture(scope="module", params=sorted(SETUPS))
def furnished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("api"), request.param) as found:
        yield found


def operations(furnished: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    document = furnished.app.test_client().get("/api/v1/openapi.json").get_json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path.removeprefix("/api/v1"), method.upper(), operation


def arguments(operation: dict[str, Any]) -> list[str]:
    return [one["name"] for one in operation["parameters"] if one["in"] == "path"]


def rows(furnished: World) -> dict[str, list[tuple[object, ...]]]:
    """Everything that is stored, but for when a key was used."""
    with furnished.app.app_context():
        tables = [table for table in db.metadata.sorted_tables if table.name != "api_key"]
        return {table.name: [tuple(row) for row in db.session.execute(select(table))] for table in tables}


def test_every_argument_is_known_here(furnished: World) -> None:
    known = furnished.sides["acme"].ids.keys() | NO_IDS
    found = {name for _, _, operation in operations(furnished) for name in arguments(operation)}
    assert found - known == set()
    assert found >= {"domain_id", "llm_client_id", "check_id"}


@pytest.mark.parametrize(("mine", "theirs"), [("acme", "rival"), ("rival", "acme")])
def test_ids_of_the_other_account_lead_nowhere_and_tell_nothing(
    furnished: World, mine: str, theirs: str
) -> None:
    furnished.restore()
    own, other = furnished.sides[mine], furnished.sides[theirs]
    asking = [program(furnished.app, own.token)]
    asking.append(program(furnished.app, furnished.platform, **{"Nameplate-Account": own.number}))
    before, tried = rows(furnished), 0
    for path, method, operation in operations(furnished):
        names = [name for name in arguments(operation) if name not in NO_IDS]
        for ids in zip(*(other.ids[name] for name in names), strict=False) if names else ():
            url = path
            for name, row_id in zip(names, ids, strict=True):
                url = url.replace(f"{{{name}}}", str(row_id))
            url += QUERIES.get(operation["operationId"], "")
            for ask in asking:
                options = {"json": BODIES[called]} if (called := operation["operationId"]) in BODIES else {}
                answer = ask(method, url, **options)
                tried += 1
                expected = {404} if not is_for_the_platform(operation) else {403, 404}
                assert answer.status_code in expected, (method, url, answer.text)
                assert not [word for word in other.words if word in answer.text], (method, url)
    assert rows(furnished) == before
    assert tried > 100


def is_for_the_platform(operation: dict[str, Any]) -> bool:
    return bool(operation.get("x-platform-only"))


def test_a_check_of_another_domain_is_not_there(furnished: World) -> None:
    furnished.restore()
    side = furnished.sides["acme"]
    ask = program(furnished.app, side.token)
    for check_id in side.ids["check_id"]:
        found = [
            ask("GET", f"/domains/{domain_id}/checks/{check_id}").status_code
            for domain_id in side.ids["domain_id"]
        ]
        assert found.count(200) == 1
        assert set(found) == {200, 404}


@pytest.mark.parametrize(("mine", "theirs"), [("acme", "rival"), ("rival", "acme")])
def test_no_list_tells_of_the_other_account(furnished: World, mine: str, theirs: str) -> None:
    furnished.restore()
    own, other = furnished.sides[mine], furnished.sides[theirs]
    told = ""
    for path, method, operation in operations(furnished):
        if method != "GET" or arguments(operation):
            continue
        ask = program(furnished.app, own.token)
        answer = ask("GET", path)
        assert answer.status_code in {200, 403}, path
        assert not [word for word in other.words if word in answer.text], path
        told += answer.text
    for word in own.words:
        assert word in told, f"{word} is looked for, and stands nowhere"


def test_each_id_leads_somewhere_with_the_key_of_its_account(furnished: World, tmp_path: Path) -> None:
    """Else the tests above would hold for addresses that lead nowhere for anybody."""
    side = furnished.sides["acme"]
    ask = program(furnished.app, side.token)
    for path, method, operation in operations(furnished):
        names = [name for name in arguments(operation) if name not in NO_IDS]
        if method != "GET" or len(names) != 1:
            continue
        furnished.restore()
        found = {
            ask("GET", path.replace(f"{{{names[0]}}}", str(row_id))).status_code
            for row_id in side.ids[names[0]]
        }
        assert 200 in found, path
