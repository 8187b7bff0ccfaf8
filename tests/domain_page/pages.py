"""A domain's page as a browser gets it."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from flask.testing import FlaskClient

from tests.page_lint import elements, parse
from webapp.extensions import db
from webapp.models import (
    LLMClientCustomDomain,
)


def page_of(browser: FlaskClient, domain: LLMClientCustomDomain, view: str = "") -> Element:
    """The page for its customer, or for staff with the `view` “/staff”."""
    db.session.commit()
    return parse(browser.get(f"{view}/domains/{domain.id}").text)


def attribute(page: Element, name: str) -> list[str]:
    return [element.attrib[name] for element in elements(page) if name in element.attrib]
