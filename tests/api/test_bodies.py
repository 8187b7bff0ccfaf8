"""Bodies that are no JSON, not the right JSON, or too much of it."""

from __future__ import annotations

import pytest

from tests.api.conftest import Ask

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"{]", b'{"domain_name": NaN}', b"\xff\xfe{}", b'{"a": 1, "a": 2}', b"[" * 100_000],
)
def test_what_is_no_json_is_unreadable(ask: Ask, data: bytes) -> None:
    answer = ask("POST", "/domains", data=data, headers=JSON)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "unreadable-body")


@pytest.mark.parametrize("data", ["[]", "null", "1", '"x"', "true"])
def test_what_is_no_object_is_invalid(ask: Ask, data: str) -> None:
    answer = ask("POST", "/domains", data=data, headers=JSON)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid-request")


@pytest.mark.parametrize(
    "type_", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_another_content_type_is_not_read(ask: Ask, type_: str | None) -> None:
    headers = {} if type_ is None else {"Content-Type": type_}
    answer = ask("POST", "/domains", data=b'{"domain_name": "chat.acme.test"}', headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (415, "wrong-content-type")


def test_too_much_is_refused(ask: Ask) -> None:
    answer = ask("POST", "/domains", data=b" " * (1024 * 1024 + 1), headers=JSON)
    assert (answer.status_code, answer.get_json()["code"]) == (413, "body-too-large")


def test_every_fault_has_its_pointer(ask: Ask) -> None:
    told = ask("POST", "/domains", json={"llm_client_id": 0, "method": "x", "more": 1}).get_json()
    assert [one["pointer"] for one in told["errors"]] == [
        "/domain_name",
        "/llm_client_id",
        "/method",
        "/more",
    ]
    assert all(one["detail"].endswith(".") for one in told["errors"])
    assert told["detail"].startswith("/domain_name: ")
    assert told["detail"].endswith("(3 more)")


def test_a_pointer_is_escaped(ask: Ask) -> None:
    [told] = ask("POST", "/domains", json={"domain_name": "a.b.test", "a/b~c": 1}).get_json()["errors"]
    assert told["pointer"] == "/a~1b~0c"


def test_fields_that_are_unknown_or_missing_are_said_in_plain_words(ask: Ask) -> None:
    answer = ask("POST", "/domains", json={"llm_client": 1})
    assert {one["pointer"]: one["detail"] for one in answer.get_json()["errors"]} == {
        "/domain_name": "This is missing.",
        "/llm_client": "There is no such field.",
    }
