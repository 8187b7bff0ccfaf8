"""Two furnished accounts, whatever is tried."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.attacks.people import Side, furnished
from tests.factories import make_account, make_llm_client


@pytest.fixture
def sides(app: Flask) -> dict[str, Side]:
    # Rows that are nobody's business here keep the ids of one account from being those of the other.
    make_llm_client(make_account("Third"))
    return {name: furnished(name) for name in ("acme", "rival")}
