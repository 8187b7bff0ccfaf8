"""The tab's icon says how the name stands, and there is a file for each tone."""

from __future__ import annotations

from pathlib import Path
from typing import get_args
from xml.etree import ElementTree as ET

import pytest
from flask.testing import FlaskClient

from tests.domain_page.pages import attribute, page_of
from tests.factories import make_domain, make_zone
from tests.page_lint import elements
from webapp.domains.rules.status import Tone
from webapp.models import Account, DomainState

FOLDER = Path(__file__).resolve().parents[2] / "static" / "favicons"


def test_each_tone_has_a_shape_of_its_own() -> None:
    assert {one.stem for one in FOLDER.iterdir()} == {*get_args(Tone)}
    pictures = {ET.canonicalize(one.read_text()) for one in FOLDER.iterdir()}
    assert len(pictures) == len(get_args(Tone))


@pytest.mark.parametrize(
    ("state", "tone"),
    [(DomainState.PENDING, "wait"), (DomainState.VERIFIED, "good"), (DomainState.FAILING, "bad")],
)
def test_tab_follows_the_state(browser: FlaskClient, account: Account, state: DomainState, tone: str) -> None:
    domain = make_domain(account, state=state)
    make_zone(domain)
    page = page_of(browser, domain)
    (link,) = [one for one in elements(page, "link") if one.get("rel") == "icon"]
    assert link.get("href") == f"/static/favicons/{tone}.svg"
    # What the script puts there later.
    assert attribute(page, "data-icon") == [link.get("href")]
