"""The rules for every page, whatever it shows. They are checked on each HTML answer that a test's browser gets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from xml.etree.ElementTree import Element

import html5lib
from html5lib.html5parser import ParseError

SENT_BY_ITSELF = {"hidden", "submit", "button"}
#: Put away while the page loads itself again.
PUT_AWAY = "not-while-refreshing"


def lint(html: str) -> list[str]:
    """What is wrong with a page, or with the part of one that is fetched alone. Empty when nothing is."""
    whole = "<!doctype html>" in html.lower()
    try:
        tree = parse(html, whole=whole)
    except ParseError as err:
        return [f"not valid HTML: {err}"]
    found = [*_ids(tree), *_labels(tree), *_inline(tree), *_tokens(tree), *_refreshes(tree)]
    return [*found, *_headings(tree)] if whole else found


def parse(html: str, *, whole: bool = True) -> Element:
    """The page as a tree; raises ParseError where a browser would have to guess."""
    return _parsed(html, whole)


@lru_cache(maxsize=8)
def _parsed(html: str, whole: bool) -> Element:
    """A test parses the page that the lint has just parsed, which is most of the time that either takes."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(html) if whole else parser.parseFragment(html)
    return tree


def text_of(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def with_id(tree: Element, name: str) -> Element | None:
    return next((element for element in elements(tree) if element.get("id") == name), None)


def elements(tree: Element, *tags: str) -> Iterator[Element]:
    return (e for e in tree.iter() if isinstance(e.tag, str) and (not tags or e.tag in tags))


def _headings(tree: Element) -> Iterator[str]:
    h1s = [text_of(h1) for h1 in elements(tree, "h1")]
    if len(h1s) != 1:
        yield f"{len(h1s)} h1"
    title = text_of(next(elements(tree, "title"))).removeprefix("Error: ")
    starts = [*h1s, text_of(with_id(tree, "headline"))]
    if not any(title.startswith(start) for start in starts if start):
        yield f"the title “{title}” starts neither with the state nor with the heading: {starts}"


def _ids(tree: Element) -> Iterator[str]:
    ids = Counter(element.get("id") for element in elements(tree) if element.get("id"))
    yield from (f"id {name} {count} times" for name, count in ids.items() if count > 1)
    for element in elements(tree):
        for attribute in ("for", "aria-describedby", "aria-labelledby"):
            for name in element.get(attribute, "").split():
                if name not in ids:
                    yield f"{attribute}={name} points nowhere"


def _labels(tree: Element) -> Iterator[str]:
    labelled = {label.get("for") for label in elements(tree, "label")}
    for field in elements(tree, "input", "select", "textarea"):
        if field.get("type") in SENT_BY_ITSELF or field.get("aria-label"):
            continue
        if field.get("id") not in labelled:
            yield f"{field.tag} {field.get('name')} has no label"
    for button in elements(tree, "button"):
        if not text_of(button) and not button.get("aria-label"):
            yield "a button without a name"


def _inline(tree: Element) -> Iterator[str]:
    for element in elements(tree):
        yield from (
            f"{name} on {element.tag}" for name in element.attrib if name == "style" or name.startswith("on")
        )
    for script in elements(tree, "script"):
        if not script.get("src") or not script.get("nonce") or text_of(script):
            yield "a script that is inline or has no nonce"
    yield from ("a style element" for _ in elements(tree, "style"))


def _tokens(tree: Element) -> Iterator[str]:
    for form in elements(tree, "form"):
        names = [field.get("name") for field in elements(form, "input")]
        if form.get("method", "get").lower() == "post" and names.count("csrf_token") != 1:
            yield f"the form to {form.get('action')} has {names.count('csrf_token')} csrf_token"


def _refreshes(tree: Element) -> Iterator[str]:
    """A page that loads itself again throws away what its reader has ticked, typed or chosen."""
    refreshes = list(refreshes_of(tree))
    inside = {id(meta) for noscript in elements(tree, "noscript") for meta in elements(noscript, "meta")}
    if any(id(meta) not in inside for meta in refreshes):
        yield "a refresh where there are scripts"
    put_away = {
        id(e) for box in elements(tree) if PUT_AWAY in box.get("class", "").split() for e in box.iter()
    }
    for field in elements(tree, "input", "select", "textarea") if refreshes else ():
        if field.get("type") not in SENT_BY_ITSELF and id(field) not in put_away:
            yield f"{field.tag} {field.get('name')} is to be filled in on a page that loads itself again"


def refreshes_of(tree: Element) -> Iterator[Element]:
    return (meta for meta in elements(tree, "meta") if meta.get("http-equiv", "").lower() == "refresh")
