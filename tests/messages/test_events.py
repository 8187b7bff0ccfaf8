"""What no template can say of an event."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.dns.delegation import Verdict
from webapp.messages.catalogue import sentence
from webapp.messages.events import REASONS, VERDICTS
from webapp.models import Message

HOST = "chat.acme.com"
FIRM = [one for one in Verdict if not one.transient or one is Verdict.PARENT_INCONSISTENT]


def verdict_changed(verdict: str, **values: Any) -> str:
    params = {
        "verdict": verdict,
        "reason": "",
        "host": HOST,
        "parent_zone": "acme.com",
        "found": [],
        "missing": ["ns1.test", "ns2.test", "ns3.test", "ns4.test"],
        "unexpected": ["ns9.test"],
        **values,
    }
    return sentence(Message("verdict.changed", params))


def test_every_verdict_that_can_change_a_domain_has_a_sentence() -> None:
    assert VERDICTS.keys() == {one.value for one in FIRM}
    assert {verdict for verdict, _ in REASONS} <= VERDICTS.keys()


@pytest.mark.parametrize("verdict", FIRM)
def test_verdict_names_the_zone_or_the_name(verdict: Verdict) -> None:
    said = verdict_changed(verdict.value)
    assert "acme.com" in said
    assert said.endswith(".")


@pytest.mark.parametrize(
    ("verdict", "values", "said"),
    [
        ("VERIFIED", {}, "The parent zone acme.com lists exactly our four name servers."),
        ("NOT_DELEGATED", {}, "The parent zone acme.com has no NS records for chat.acme.com."),
        ("NOT_DELEGATED", {"reason": "domain-missing"}, "The domain acme.com has no name servers yet."),
        (
            "RECORD_IN_THE_WAY",
            {"reason": "own-zone"},
            "chat.acme.com is a zone of its own on the name servers of acme.com.",
        ),
        (
            "DELEGATED_ELSEWHERE",
            {"reason": "of a release to come"},
            "The zone acme.com delegates chat.acme.com to others, not to us: ns9.test.",
        ),
        (
            "DELEGATION_PARTIAL",
            {},
            (
                "The zone acme.com does not list all our name servers for chat.acme.com. "
                "Missing: ns1.test, ns2.test, ns3.test and 1 more."
            ),
        ),
    ],
)
def test_verdict_is_said_from_what_was_found(verdict: str, values: dict[str, Any], said: str) -> None:
    assert verdict_changed(verdict, **values) == said


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
