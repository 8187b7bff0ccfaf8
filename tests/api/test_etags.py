"""ETags: what is unchanged is not sent again, and what changed meanwhile is not overwritten."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Ask
from tests.factories import make_domain, make_llm_client
from webapp.extensions import db
from webapp.models import Account, LLMClient, LLMClientCustomDomain, utcnow


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account)
    db.session.commit()
    return domain


def changes(domain: LLMClientCustomDomain, client: LLMClient) -> list[tuple[str, str, Any]]:
    return [
        ("PATCH", f"/domains/{domain.id}", {"llm_client_id": client.id}),
        ("DELETE", f"/domains/{domain.id}", None),
        ("PATCH", f"/llm-clients/{client.id}", {"name": "Other"}),
    ]


@pytest.mark.parametrize("number", range(3))
def test_a_change_of_what_was_changed_meanwhile_is_refused(
    ask: Ask, account: Account, domain: LLMClientCustomDomain, number: int
) -> None:
    client = make_llm_client(account)
    db.session.commit()
    method, path, body = changes(domain, client)[number]
    old = ask("GET", path).headers["ETag"]
    domain.grace_until = utcnow()
    client.deployed = not client.deployed
    db.session.commit()
    options = {"json": body} if body else {}
    refused = ask(method, path, headers={"If-Match": old}, **options)
    assert (refused.status_code, refused.get_json()["code"]) == (412, "changed-meanwhile")
    now = ask("GET", path).headers["ETag"]
    assert now != old
    assert ask(method, path, headers={"If-Match": now}, **options).status_code in {200, 202}


def test_a_check_changes_what_is_told_of_its_domain_and_of_no_other_llm_client(
    ask: Ask, account: Account, domain: LLMClientCustomDomain
) -> None:
    alone = make_llm_client(account)
    db.session.commit()
    paths = [f"/domains/{domain.id}", f"/llm-clients/{alone.id}"]
    before = [ask("GET", path).headers["ETag"] for path in paths]
    domain.last_checked_at = utcnow()
    db.session.commit()
    after = [ask("GET", path).headers["ETag"] for path in paths]
    assert [new == old for new, old in zip(after, before, strict=True)] == [False, True]


@pytest.mark.parametrize("match", [None, "*"])
def test_without_an_etag_nothing_is_compared(
    ask: Ask, domain: LLMClientCustomDomain, match: str | None
) -> None:
    headers = {} if match is None else {"If-Match": match}
    path = f"/domains/{domain.id}"
    assert ask("PATCH", path, json={"llm_client_id": None}, headers=headers).status_code == 200


def test_a_weak_etag_matches_nothing(ask: Ask, domain: LLMClientCustomDomain) -> None:
    """If-Match compares strongly (RFC 9110, 13.1.1)."""
    path = f"/domains/{domain.id}"
    etag = ask("GET", path).headers["ETag"]
    answer = ask("PATCH", path, json={"llm_client_id": None}, headers={"If-Match": f"W/{etag}"})
    assert answer.status_code == 412


def test_answers_may_be_kept_by_whoever_asked_alone(ask: Ask, domain: LLMClientCustomDomain) -> None:
    answer = ask("GET", f"/domains/{domain.id}")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Nameplate-Account"} <= set(answer.vary)
    assert ask("GET", "/domains/4711").headers["Cache-Control"] == "no-store"
    assert ask("POST", "/llm-clients", json={"name": "Sales"}).headers["Cache-Control"] == "no-store"
