"""`/llms.txt` and `/docs/…` over HTTP: without a session, with a tag, and as a 404 for everything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import make_app, sign_in
from webapp.documentation.served import DOCUMENTS, EXAMPLES
from webapp.models import User


@pytest.mark.parametrize("path", ["/llms.txt", *(f"/docs/{one.name}" for one in (*DOCUMENTS, *EXAMPLES))])
def test_document_is_kept_and_asked_for_again_by_its_tag(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    assert first.status_code == 200
    assert first.headers["Content-Type"] in {"text/plain; charset=utf-8", "text/markdown; charset=utf-8"}
    assert first.headers["Cache-Control"] == "public, max-age=3600"
    assert "Set-Cookie" not in first.headers
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    other = client.get(path, headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.data) == (200, first.data)


def test_document_that_caches_may_keep_carries_no_session(client: FlaskClient, customer: User) -> None:
    sign_in(client, customer)
    assert "Set-Cookie" not in client.get("/docs/api.md").headers


@pytest.mark.parametrize(
    "path", ["/docs/operations.md", "/docs/../README.md", "/docs/%2e%2e/README.md", "/docs/", "/docs/api"]
)
def test_other_files_are_not_served(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_index_has_the_public_address_whatever_the_host_header_says(tmp_path: Path) -> None:
    app: Flask = make_app(tmp_path, public_url="https://nameplate.example/")
    text = app.test_client().get("/llms.txt", headers={"Host": "evil.example"}).get_data(as_text=True)
    assert "](https://nameplate.example/docs/api.md)" in text
    assert "https://nameplate.example/api/v1 " in text
    assert "evil" not in text
    assert "//docs" not in text


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_markdown_comes_as_markdown(client: FlaskClient, document: object) -> None:
    found = next(one for one in DOCUMENTS if one is document)
    answer = client.get(f"/docs/{found.name}")
    assert answer.mimetype == "text/markdown"
    assert answer.get_data(as_text=True).startswith("# ")
