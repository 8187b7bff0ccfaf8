"""The page lint finds every fault that it is for."""

from __future__ import annotations

import pytest

from tests.page_lint import lint

PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Domains – Nameplate</title></head>'
    "<body><h1>Domains</h1>{}</body></html>"
)


def test_a_sound_page_passes() -> None:
    assert lint(PAGE.format('<label for="a">A</label><input id="a" name="a">')) == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<h1>Again</h1>", "2 h1"),
        ('<p id="x"></p><p id="x"></p>', "id x 2 times"),
        ('<p aria-describedby="y"></p>', "points nowhere"),
        ('<input name="a">', "has no label"),
        ('<p style="color:red"></p>', "style on p"),
        ('<p onclick="x()"></p>', "onclick on p"),
        ("<script>1</script>", "inline or has no nonce"),
        ('<form method="post"></form>', "0 csrf_token"),
        ("<button></button>", "without a name"),
        ("<p><div></p>", "not valid HTML"),
    ],
)
def test_what_is_wrong_is_seen(body: str, words: str) -> None:
    assert any(words in problem for problem in lint(PAGE.format(body)))


def test_title_starts_with_heading_or_state() -> None:
    assert "starts neither" in lint(PAGE.format("").replace("<title>Domains", "<title>Nameplate"))[0]


def test_part_of_a_page_needs_no_heading() -> None:
    assert lint("<div><p>Checking</p></div>") == []


REFRESH = '<noscript><meta http-equiv="refresh" content="5"></noscript>'
FIELD = '<label for="a">A</label><input id="a" name="a">'


@pytest.mark.parametrize(
    ("head", "body", "words"),
    [
        (REFRESH, FIELD, "input a is to be filled in"),
        (REFRESH, '<label for="a">A</label><textarea id="a" name="a"></textarea>', "textarea a is to be"),
        ('<meta http-equiv="Refresh" content="5">', "", "where there are scripts"),
    ],
)
def test_page_that_loads_itself_again_asks_for_nothing(head: str, body: str, words: str) -> None:
    assert any(words in problem for problem in lint(_with_head(head, body)))


def test_page_that_loads_itself_again_may_put_its_fields_away() -> None:
    assert lint(_with_head(REFRESH, f'<div class="not-while-refreshing">{FIELD}</div>')) == []


def _with_head(head: str, body: str) -> str:
    return PAGE.format(body).replace("</head>", f"{head}</head>")
