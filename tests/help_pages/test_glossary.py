"""Each word that a page explains is explained whole."""

from __future__ import annotations

import re

import pytest

from tests.house_files import ROOT
from webapp.help_pages.glossary import GLOSSARY, TERMS
from webapp.help_pages.term import Term

#: The words of the newcomer's walk (ux.md, B23) and of the fields of DNS forms.
WANTED = {
    *(
        "name-server",
        "ns-record",
        "zone",
        "ttl",
        "ds-record",
        "dnssec",
        "caa-record",
        "delegation",
        "cname-record",
    ),
    *("txt-record", "a-label", "certificate", "edge", "resolver"),
}


def test_every_word_stands_in_the_list_once() -> None:
    assert set(GLOSSARY) >= WANTED
    assert sorted(one.id for one in TERMS) == sorted(GLOSSARY)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.id)
def test_word_has_two_sentences_and_an_example(term: Term) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", term.id)
    assert term.question.endswith("?")
    assert all(said.endswith(".") and len(said.split()) <= 22 for said in term.says)
    assert term.example
    assert term.word[0].isupper() or term.id == "dig"


def test_first_sentence_says_what_the_word_is() -> None:
    assert [one.id for one in TERMS if len(one.says[0].split()) > 20] == []


def test_templates_explain_words_that_are_there() -> None:
    """A page that asks for a word which is gone would be an error page."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    linked = {one for text in texts for one in re.findall(r"help\.index', _anchor='([a-z-]+)'", text)}
    calls = [one for text in texts for one in re.findall(r"explain\((.+)\)", text)]
    lists = [one for call in calls for one in re.findall(r"\[([^]]*)\]", call)]
    explained = {one for some in lists for one in re.findall(r'"([a-z-]+)"', some)}
    assert {"ns-record", "txt-record", "name-server", "caa-record"} <= explained
    assert {"ttl", "zone"} <= linked
    assert (linked - {"glossary"} | explained) - set(GLOSSARY) == set()
