"""What can be asked of imports."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from webapp.api.schemas.resources import imports
from webapp.imports.lines import parsing


def test_a_list_is_sent_as_lines_or_as_csv() -> None:
    wanted = imports.NewImport.model_validate(
        {"lines": ["chat.acme.test", {"domain_name": "help.acme.test"}]}
    )
    assert wanted.lines == [
        "chat.acme.test",
        imports.NewLine.model_validate({"domain_name": "help.acme.test"}),
    ]
    assert imports.NewImport.model_validate({"csv": "chat.acme.test"}).lines == []


@pytest.mark.parametrize("body", [{}, {"lines": []}, {"lines": ["chat.acme.test"], "csv": "chat.acme.test"}])
def test_a_body_with_both_or_neither_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="Send either lines or csv"):
        imports.NewImport.model_validate(body)


def test_a_body_may_be_as_long_as_a_list() -> None:
    assert imports.MOST_LINES == parsing.MOST_LINES
