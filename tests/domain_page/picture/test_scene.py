"""The picture on its pages: what it leads to is there, and strangers see no more than the records."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from tests.browser.gallery import Gallery
from tests.page_lint import elements, parse, text_of
from webapp.domain_page.picture.nodes import Kind

#: Pages of a domain, for its people and for staff, and those behind a hand-over link.
PAGES = re.compile(r"/(staff/)?domains/\d+|/hand-over/[^/]+")

#: By what on a page a style sheet is needed.
SHEETS = {"picture": "picture.css", "watch": "watch.css", "proof": "live-proof.css"}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return Gallery(tmp_path_factory.mktemp("gallery"), every_verdict=True)


def nodes_of(page: Element) -> list[Element]:
    return [one for one in elements(page, "li") if "data-node" in one.attrib]


def pages(gallery: Gallery, who: str) -> list[tuple[str, Element]]:
    client: FlaskClient = gallery.client(who)
    visits = [one for one in gallery.visits if one.who == who and one.form is None and one.status == 200]
    paths = [one.path for one in visits if PAGES.fullmatch(one.path)]
    assert paths
    return [(path, parse(client.get(path).text)) for path in paths]


@pytest.mark.parametrize("who", ["customer", "staff", "anybody"])
def test_every_node_leads_to_a_place_on_the_page(gallery: Gallery, who: str) -> None:
    drawn = 0
    for path, page in pages(gallery, who):
        ids = {one.attrib["id"] for one in elements(page) if "id" in one.attrib}
        places = [one.attrib["href"] for node in nodes_of(page) for one in elements(node, "a")]
        assert {place.removeprefix("#") for place in places} <= ids, path
        drawn += bool(places)
    assert drawn


def test_stranger_sees_the_records_and_nothing_behind_them(gallery: Gallery) -> None:
    for path, page in pages(gallery, "anybody"):
        nodes = nodes_of(page)
        assert nodes, path
        kinds = {node.attrib["data-node"] for node in nodes}
        assert kinds <= {kind.value for kind in Kind} - {Kind.CERTIFICATE.value, Kind.EDGE.value}


def test_no_node_relies_on_its_colour(gallery: Gallery) -> None:
    """The condition of each, and of each value in it, stands there in words."""
    for path, page in pages(gallery, "customer"):
        for node in nodes_of(page):
            if "data-condition" in node.attrib:
                words = next(one for one in elements(node, "p") if one.get("class") == "picture-condition")
                assert text_of(words), path
            for part in (one for one in elements(node, "li") if "data-part" in one.attrib):
                assert ": " in text_of(part), path


@pytest.mark.parametrize("who", ["customer", "staff", "anybody"])
def test_style_sheets_are_linked_where_they_are_needed(gallery: Gallery, who: str) -> None:
    """The page of staff extends the customer's, and had replaced its head: the picture had no style."""
    drawn = 0
    for path, page in pages(gallery, who):
        classes = {name for one in elements(page) for name in one.get("class", "").split()}
        sheets = [one.get("href", "") for one in elements(page, "link") if one.get("rel") == "stylesheet"]
        for name, sheet in SHEETS.items():
            if name in classes:
                assert any(sheet in href for href in sheets), (path, sheet)
        drawn += "picture" in classes
    assert drawn
