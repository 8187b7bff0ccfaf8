"""The browser of a customer who is signed in."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from webapp.models import User


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)
