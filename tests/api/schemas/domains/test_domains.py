"""What can be asked of domains."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import BaseModel, ValidationError

from webapp.api.schemas.domains.domains import DomainChange, DomainsQuery, NewDomain, NewSuspension, Release
from webapp.models import DomainState, Method


def choices(model: type[BaseModel], field: str) -> set[str]:
    """The texts that the field takes, None aside."""
    annotation: Any = model.model_fields[field].annotation
    parts = get_args(annotation)
    return {one for part in parts for one in (get_args(part) or (part,)) if isinstance(one, str)}


@pytest.mark.parametrize("model", [NewDomain, DomainChange])
def test_every_method_can_be_asked_for(model: type[BaseModel]) -> None:
    assert choices(model, "method") == {method.value for method in Method}


def test_domains_can_be_asked_for_in_every_state_but_the_last() -> None:
    """A domain that was removed is in no list."""
    assert choices(DomainsQuery, "state") == {state.value for state in DomainState} - {
        DomainState.REMOVED.value
    }


def test_a_change_knows_what_was_sent() -> None:
    assert DomainChange.model_validate({"llm_client_id": None}).model_fields_set == {"llm_client_id"}
    assert DomainChange.model_validate({}).model_fields_set == set()


@pytest.mark.parametrize("model", [NewSuspension, Release])
@pytest.mark.parametrize("reason", ["", "  ", "Phishing\u202e", "x" * 1001])
def test_staff_say_why_in_one_line(model: type[BaseModel], reason: str) -> None:
    with pytest.raises(ValidationError):
        model.model_validate({"reason": reason})
