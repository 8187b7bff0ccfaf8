"""docs/webhooks.md against the code: its examples run, and its lists are those of the code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from tests.webhooks.telling import NOW
from webapp.models import utcnow
from webapp.webhooks import secret
from webapp.webhooks.delivery import rule
from webapp.webhooks.payload import CHANGING, VERSION
from webapp.webhooks.types import CHOICES

GUIDE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = b'{"type": "domain.live", "data": {"id": 7}}'


def examples(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def signed(made: str) -> dict[str, str]:
    now = utcnow()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(made).sign("msg_1", now, BODY.decode()),
    }


def test_both_examples_tell_ours_from_others() -> None:
    found: dict[str, Any] = {}
    for example in examples("python"):
        exec(example, found)  # noqa: S102 - our own
    made, other = secret.new_secret(), secret.new_secret()
    headers = signed(made)
    assert found["receive"](made, headers, BODY) == (204, "domain.live")
    assert found["is_ours"](made, headers, BODY)
    rotating = {
        **headers,
        "webhook-signature": f"{signed(other)['webhook-signature']} {headers['webhook-signature']}",
    }
    assert found["is_ours"](made, rotating, BODY)
    assert found["receive"](made, rotating, BODY)[0] == 204
    for wrong in (
        (other, headers, BODY),
        (made, headers, BODY + b" "),
        (made, {**headers, "webhook-id": "msg_2"}, BODY),
        (made, {**headers, "webhook-timestamp": str(int(NOW.timestamp()) - 3600)}, BODY),
    ):
        assert found["receive"](*wrong) == (401, None)
        assert not found["is_ours"](*wrong)


def test_types_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+) \|$", GUIDE, re.MULTILINE)
    assert rows == [(one.value, one.says) for one in CHOICES]


def test_the_message_has_the_keys_of_the_code() -> None:
    [example] = examples("json")
    message = json.loads(example)
    assert list(message["data"]["after"]) == list(CHANGING)
    assert set(message["data"]["before"]) <= set(CHANGING)
    assert f"today `{VERSION}`" in GUIDE


@pytest.mark.parametrize("pause", rule.PAUSES[1:])
def test_every_pause_is_named(pause: Any) -> None:
    seconds = int(pause.total_seconds())
    said = {5: "5 seconds", 300: "5 minutes", 1800: "30 minutes"}.get(seconds) or str(seconds // 3600)
    [sentence] = re.findall(r"sent again after (.+?hours)", GUIDE)
    assert re.search(rf"\b{said}\b", sentence)
