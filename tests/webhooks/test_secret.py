"""Secrets of endpoints."""

from __future__ import annotations

import base64
from datetime import timedelta

from tests.webhooks.telling import NOW
from webapp.models import WebhookEndpoint
from webapp.webhooks import secret

KEYS = ["only-for-tests-0123456789"]


def test_a_secret_is_of_standard_webhooks_and_its_own() -> None:
    made = secret.new_secret()
    assert made.startswith("whsec_")
    assert 24 <= len(base64.b64decode(made.removeprefix("whsec_"))) <= 64
    assert made != secret.new_secret()


def test_what_is_stored_does_not_show_it() -> None:
    made = secret.new_secret()
    kept = secret.encrypted(made, KEYS)
    assert made not in kept
    assert made.removeprefix("whsec_") not in kept
    assert secret.signing(WebhookEndpoint(secret=kept), NOW, KEYS) == [made]


def test_an_earlier_secret_key_reads_it_and_another_does_not() -> None:
    made = secret.new_secret()
    endpoint = WebhookEndpoint(secret=secret.encrypted(made, KEYS))
    assert secret.signing(endpoint, NOW, ["a-new-key-0123456789", *KEYS]) == [made]
    assert secret.signing(endpoint, NOW, ["a-new-key-0123456789"]) == []
    renewed = secret.renewed(endpoint.secret, ["a-new-key-0123456789", *KEYS])
    assert renewed is not None
    assert secret.signing(WebhookEndpoint(secret=renewed), NOW, ["a-new-key-0123456789"]) == [made]
    assert secret.renewed(endpoint.secret, ["a-new-key-0123456789"]) is None


def test_both_sign_while_a_secret_rotates() -> None:
    new, old = secret.new_secret(), secret.new_secret()
    endpoint = WebhookEndpoint(
        secret=secret.encrypted(new, KEYS),
        former_secret=secret.encrypted(old, KEYS),
        former_until=NOW + secret.BOTH_SIGN,
    )
    assert secret.signing(endpoint, NOW, KEYS) == [new, old]
    assert secret.signing(endpoint, NOW + secret.BOTH_SIGN - timedelta(seconds=1), KEYS) == [new, old]
    assert secret.signing(endpoint, NOW + secret.BOTH_SIGN, KEYS) == [new]
