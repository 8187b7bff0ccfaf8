"""What all models share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from webapp.api.schemas.base import Answer, Id, Line, Model, Time


class Asked(Model):
    id: Id
    name: Line = ""


class Told(Answer):
    at: Time | None


def test_unknown_fields_are_refused_in_requests_and_ignored_in_answers() -> None:
    with pytest.raises(ValidationError, match="more"):
        Asked.model_validate({"id": 1, "more": 1})
    assert Told.model_validate({"at": None, "more": 1}).model_dump() == {"at": None}


def test_times_are_told_in_utc_as_rfc_3339() -> None:
    told = Told(at=datetime(2026, 11, 27, 8, 20, tzinfo=UTC))
    assert told.model_dump_json() == '{"at":"2026-11-27T08:20:00Z"}'


@pytest.mark.parametrize("value", [0, -1, 2**63, "x", None])
def test_an_id_is_one_that_a_database_holds(value: object) -> None:
    with pytest.raises(ValidationError):
        Asked.model_validate({"id": value})


def test_a_line_has_no_character_that_cannot_be_seen() -> None:
    with pytest.raises(ValidationError, match="Leave out the character"):
        Asked.model_validate({"id": 1, "name": "Sales\u202e"})
