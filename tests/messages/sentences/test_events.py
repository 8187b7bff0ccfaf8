"""What no template can say of an event."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.messages.catalogue import sentence
from webapp.models import Message

HOST = "chat.acme.com"


@pytest.mark.parametrize(
    ("code", "params", "said"),
    [
        (
            "domain.suspended",
            {"name": HOST, "served": True, "contact": "us@platform.test"},
            "chat.acme.com was suspended and is not served any more. Contact us@platform.test.",
        ),
        (
            "domain.suspended",
            {"name": HOST, "served": False, "contact": "us@platform.test"},
            "chat.acme.com was suspended. Contact us@platform.test.",
        ),
        (
            "domain.released",
            {"name": HOST, "served": True},
            "chat.acme.com was released and is served again.",
        ),
        ("domain.released", {"name": HOST, "served": False}, "chat.acme.com was released."),
        ("name.denied", {"name": HOST, "below": False}, "No account may have chat.acme.com any more."),
        (
            "name.allowed",
            {"name": "acme.com", "below": True},
            "Accounts may have acme.com and every name below it again.",
        ),
        ("person.role", {"email": "a@acme.test", "role": "owner"}, "a@acme.test is now an owner."),
        ("person.role", {"email": "a@acme.test", "role": "member"}, "a@acme.test is now a member."),
        (
            "preflight.acknowledged",
            {"host": HOST, "stops": ["ns", "site", "mail", "txt"]},
            (
                "It was confirmed that this stops at chat.acme.com with the new records: "
                "what the present name servers answer, the web site, the mail and 1 more."
            ),
        ),
    ],
)
def test_sentence_that_depends_on_a_parameter(code: str, params: dict[str, Any], said: str) -> None:
    assert sentence(Message(code, params)) == said
