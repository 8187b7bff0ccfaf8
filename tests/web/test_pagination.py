"""Pages of long lists, and answers that the browser has already."""

from __future__ import annotations

import pytest
from flask import Flask

from webapp.web.bounded import MOST_ROW_ID
from webapp.web.pagination import turned_to, unless_unchanged


@pytest.mark.parametrize(
    ("typed", "before"),
    [
        ("7", 7),
        (str(MOST_ROW_ID), MOST_ROW_ID),
        (str(MOST_ROW_ID + 1), None),
        ("0", None),
        ("-1", None),
        ("seven", None),
        ("", None),
    ],
)
def test_list_goes_on_below_an_id_that_a_row_may_have(app: Flask, typed: str, before: int | None) -> None:
    """PostgreSQL refuses a number that no row id can be, which would be an error page."""
    with app.test_request_context(f"/?before={typed}"):
        assert turned_to() == before


def test_answer_that_the_browser_has_is_not_rendered(app: Flask) -> None:
    with app.test_request_context():
        first = unless_unchanged("v1", lambda: "rendered")
    assert (first.status_code, first.get_data(as_text=True)) == (200, "rendered")
    known = {"If-None-Match": first.headers["ETag"]}

    def never() -> str:
        raise AssertionError("it was rendered again")

    with app.test_request_context(headers=known):
        assert unless_unchanged("v1", never).status_code == 304
    with app.test_request_context(headers=known):
        assert unless_unchanged("v2", lambda: "newer").get_data(as_text=True) == "newer"
