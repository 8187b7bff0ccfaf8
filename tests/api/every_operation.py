"""The operations of the document, to try each of them, and what is stored, to see that nothing changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from tests.api.furnished import World
from webapp.extensions import db

#: Bodies that operations on names and LLM clients take, so that no other rule is what refuses them.
BODIES: dict[str, Any] = {
    "create_domain": {"domain_name": "new.acme.test"},
    "update_domain": {"method": "records"},
    "create_llm_client": {"name": "New"},
    "update_llm_client": {"name": "New"},
    "create_handover_link": {"made_for": "Jane"},
}


def operations(furnished: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path below `/api/v1`, method, and what the document says."""
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
