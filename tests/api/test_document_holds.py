"""schemathesis asks every operation of the document, in both set-ups: no fault of ours, and no answer that the
document does not have.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.furnished import SETUPS, World, world

#: So often each operation is asked with what the document allows, and so often with what it does not.
VALID, INVALID = 10, 5
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module", params=sorted(SETUPS))
def furnished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("api"), request.param) as found:
        yield found


def test_every_operation_answers_as_the_document_says(furnished: World) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", furnished.answer)
    seen: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = cast("Any", found).ok()
        _try(furnished, operation, GenerationMode.POSITIVE, VALID, seen)
        _try(furnished, operation, GenerationMode.NEGATIVE, INVALID, seen)
    assert seen.total() > 200
    assert {200, 201, 202, 400, 404, 409, 422} <= seen.keys()


def _try(furnished: World, operation: Any, mode: GenerationMode, examples: int, seen: Counter[int]) -> None:
    """Most ids are those of rows of the account, so that there is something to do."""
    side = furnished.sides["acme"]
    keys = st.sampled_from(
        [(side.token, None), (furnished.platform, side.number), (furnished.platform, None)]
    )
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS

    @hypothesis.settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data(), key=keys)
    def ask(case: Any, data: st.DataObject, key: tuple[str, str | None]) -> None:
        furnished.restore()
        if mode is GenerationMode.POSITIVE:
            for name in case.path_parameters or {}:
                mine = [*side.ids.get(name, []), case.path_parameters[name]]
                case.path_parameters[name] = data.draw(st.sampled_from(mine))
        for name in [one for one in case.headers or {} if one.lower() == "nameplate-account"]:
            del case.headers[name]
        sent = {"Authorization": f"Bearer {key[0]}", **({"Nameplate-Account": key[1]} if key[1] else {})}
        answer = case.call(headers=sent)
        case.validate_response(answer, checks=checks)
        seen[answer.status_code] += 1

    ask()
