"""The document, and what it says of every operation."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from pydantic import BaseModel

from tests.app_fixtures import change
from tests.house_files import MODULES
from webapp.api.authentication import SCOPE
from webapp.api.document import OPERATION
from webapp.api.schemas.domains.domains import DomainSummary
from webapp.api.schemas.resources.events import Event
from webapp.api.webhooks.messages import DomainAfter, DomainBefore, EventOfMessage
from webapp.keys.access.scopes import ALL
from webapp.webhooks.payload import CHANGING
from webapp.webhooks.types import WebhookType


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    told: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
    return told


def test_every_view_is_an_operation_with_a_scope(app: Flask) -> None:
    views = [
        app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api_") and not rule.endpoint.startswith("api_pages.")
    ]
    assert len(views) > 15
    assert [view for view in views if not hasattr(view, OPERATION)] == []
    assert {getattr(view, SCOPE) for view in views} <= set(ALL)


def test_ids_of_operations_are_unique_and_each_has_a_summary(document: dict[str, Any]) -> None:
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    ids = [one["operationId"] for one in operations]
    assert len(ids) == len(set(ids))
    assert [one["operationId"] for one in operations if not one["summary"].endswith(".")] == []


def test_ids_of_operations_begin_with_a_verb_and_say_the_thing(document: dict[str, Any]) -> None:
    """Generators of clients make the names of their methods of them."""
    asked = {
        ("/api/v1/domains", "get"): "list_domains",
        ("/api/v1/domains", "post"): "create_domain",
        ("/api/v1/domains/{domain_id}", "get"): "get_domain",
        ("/api/v1/domains/{domain_id}", "patch"): "update_domain",
        ("/api/v1/domains/{domain_id}", "delete"): "delete_domain",
        ("/api/v1/llm-clients", "get"): "list_llm_clients",
        ("/api/v1/domains/{domain_id}/checks", "post"): "request_check",
    }
    assert {key: document["paths"][key[0]][key[1]]["operationId"] for key in asked} == asked


def test_every_field_says_what_it_is_and_every_body_has_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []
    silent = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, told in schema.get("properties", {}).items()
        if not _described(told)
    ]
    assert silent == []
    for methods in document["paths"].values():
        for told in methods.values():
            for type_, content in told.get("requestBody", {}).get("content", {}).items():
                if type_ == "text/csv":
                    assert content["schema"]["type"] == "string"
                    assert content["example"].startswith("domain_name\n")
                    continue
                model = schemas[content["schema"]["$ref"].rpartition("/")[2]]
                Draft202012Validator({**model, "components": document["components"]}).validate(
                    content["example"]
                )


def _described(field: dict[str, Any]) -> bool:
    """Its own description, or that of the text with known values which it has."""
    told = [field, *field.get("anyOf", []), field.get("items", {})]
    return any("description" in one or "$ref" in one for one in told)


def test_tags_are_told_and_no_model_stands_there_that_nothing_uses(document: dict[str, Any]) -> None:
    used = {one["tags"][0] for methods in document["paths"].values() for one in methods.values()}
    assert {tag["name"] for tag in document["tags"]} == used
    assert all(tag["description"] for tag in document["tags"])
    led_to = {one.rpartition("/")[2] for one in references(document) if "/schemas/" in one}
    assert document["components"]["schemas"].keys() == led_to


def test_no_two_models_have_one_name() -> None:
    """The second one would take the place of the first, for both are named by their class alone."""
    found = [
        one
        for module in MODULES
        if module.startswith("api/schemas/")
        for one in vars(import_module(f"webapp.{module.replace('/', '.')}")).values()
        if isinstance(one, type) and issubclass(one, BaseModel) and not one.__name__.endswith("]")
    ]
    by_name = {
        name: {one for one in found if one.__name__ == name} for name in {one.__name__ for one in found}
    }
    assert len(by_name) > 20
    assert {name: some for name, some in by_name.items() if len(some) > 1} == {}


def test_every_schema_is_one_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    for reference in references(document):
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for one in part.values():
            yield from references(one)
    elif isinstance(part, list):
        for one in part:
            yield from references(one)


def test_what_all_operations_share_is_in_each(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            named = {(one["in"], one["name"]) for one in told["parameters"]}
            assert (("header", "Idempotency-Key") in named) == (method == "post"), path
            assert (("header", "If-Match") in named) == (method in {"patch", "put", "delete"}), path
            assert {"401", "403", "404", "429", "500", "503"} <= told["responses"].keys()
            assert told["security"][0]["key"][0] in told["description"]
            if "requestBody" in told:
                assert {"400", "413", "415", "422"} <= told["responses"].keys()


def test_the_reference_lists_every_operation(client: FlaskClient, document: dict[str, Any]) -> None:
    page = client.get("/api/v1/").text.replace("<wbr>", "")
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path.removeprefix('/api/v1')}<" in page


def test_every_type_of_webhook_has_its_body(document: dict[str, Any]) -> None:
    assert set(document["webhooks"]) == set(WebhookType)
    sent = {
        "type": "webhook.test",
        "timestamp": "2026-11-27T12:00:00Z",
        "data": {"sequence": 1, "id": None, "account": None},
    }
    for kind, told in document["webhooks"].items():
        schema = told["post"]["requestBody"]["content"]["application/json"]["schema"]
        validator = Draft202012Validator({**schema, "components": document["components"]})
        assert validator.is_valid(sent) == (kind == "webhook.test"), kind
        assert validator.is_valid({**sent, "type": kind}) == (kind == "webhook.test"), kind


def test_what_is_told_of_a_domain_has_the_fields_of_its_document() -> None:
    assert set(DomainAfter.model_fields) == set(DomainBefore.model_fields) == set(CHANGING)
    for model, whole in ((DomainAfter, DomainSummary), (EventOfMessage, Event)):
        for name, field in model.model_fields.items():
            assert field.annotation == whole.model_fields[name].annotation, name


def test_messages_come_with_signed_headers_and_say_what_an_answer_does(document: dict[str, Any]) -> None:
    for told in document["webhooks"].values():
        headers = [(one["in"], one["name"], one["required"]) for one in told["post"]["parameters"]]
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        assert headers == [("header", name, True) for name in names]
        assert set(told["post"]["responses"]) == {"2XX", "410", "default"}
        # No key of the API: the signature says whose the message is.
        assert told["post"]["security"] == []


def test_file_of_an_import_has_no_etag(document: dict[str, Any]) -> None:
    told = document["paths"]["/api/v1/imports/{import_id}/result.csv"]["get"]
    assert set(told["responses"]["200"]["content"]) == {"text/csv"}
    assert "ETag" not in told["responses"]["200"]["headers"]
    assert "304" not in told["responses"]
    assert "If-None-Match" not in {one.get("name") for one in told["parameters"]}
    shown = document["paths"]["/api/v1/imports/{import_id}"]["get"]
    assert {"If-None-Match"} <= {one.get("name") for one in shown["parameters"]}


@pytest.mark.parametrize(
    ("chosen", "contact"),
    [
        ("help@acme.example", {"email": "help@acme.example"}),
        ("https://acme.example/help", {"url": "https://acme.example/help"}),
    ],
)
def test_the_document_says_whom_to_contact(
    app: Flask, client: FlaskClient, chosen: str, contact: dict[str, str]
) -> None:
    change(app, support_contact=chosen)
    assert client.get("/api/v1/openapi.json").get_json()["info"]["contact"] == contact
