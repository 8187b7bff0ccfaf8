"""What is stored of zones, findings and parts in trouble, as people read it."""

from __future__ import annotations

from typing import Any

import pytest

from webapp.messages.catalogue import sentence
from webapp.models import Message

NAMED = {"zone": "Z1", "name": "chat.acme.com"}
RECORD_SET = {"type": "A", "name": "chat.acme.com", "values": ["192.0.2.1", "192.0.2.2"]}


@pytest.mark.parametrize(
    ("code", "params", "words"),
    [
        (
            "aws",
            {"said": "CreateHostedZone: Throttling: slower", "code": "Throttling"},
            "CreateHostedZone: Throttling: slower",
        ),
        (
            "zone.set-known",
            {"servers": ["ns-1", "ns-2"]},
            "A fresh zone got ns-1, ns-2, which the parent listed already; we took another.",
        ),
        (
            "zone.undelegated",
            {"name": "a.b", "parent": "b"},
            "b does not list our name servers for a.b any more.",
        ),
        (
            "zone.undelegated",
            {"name": "a.b", "parent": None},
            "The parent zone does not list our name servers for a.b any more.",
        ),
        (
            "removal.taken-back",
            {"name": "xn--bcher-kva.example"},
            (
                "The removal of bücher.example (xn--bcher-kva.example) was taken back. We check for the same"
                " records again."
            ),
        ),
        (
            "records.foreign",
            RECORD_SET,
            (
                "The A record set of chat.acme.com holds 192.0.2.1, 192.0.2.2, which we did not write; it "
                "was left alone."
            ),
        ),
        (
            "finding.tagged-for-another",
            {**NAMED, "claim": "7.1", "tagged_name": "x.org", "tagged_claim": ""},
            (
                "Zone Z1 is tagged for x.org, claim none, but is ours for chat.acme.com, claim 7.1. We "
                "leave it alone until its tags are put right."
            ),
        ),
        (
            "finding.apex-changed",
            {"zone": "Z1", "found": [], "expected": ["ns-1", "ns-2"]},
            (
                "The NS records of zone Z1 itself say nothing, not ns-1, ns-2. We never write there: set "
                "them back in the AWS console."
            ),
        ),
        (
            "finding.foreign-records",
            {"zone": "Z1", "records": ["a A 1", "b A 2"], "more": 0},
            "Zone Z1 holds records that we did not write: a A 1; b A 2.",
        ),
        (
            "finding.foreign-records",
            {"zone": "Z1", "records": ["a A 1"], "more": 3},
            "Zone Z1 holds records that we did not write: a A 1 and 3 more.",
        ),
        (
            "finding.missing-records",
            {"zone": "Z1", "records": ["a A", "b A"]},
            "Zone Z1 had lost a A, b A. We write it again.",
        ),
        (
            "resolver.unheard",
            {"resolvers": ["192.0.2.53:53"], "outcomes": ["TIMEOUT"]},
            "No answer from the resolver 192.0.2.53:53: TIMEOUT.",
        ),
        (
            "resolver.unheard",
            {"resolvers": [], "outcomes": []},
            "No answer from the resolver that DNS_RESOLVERS names: nothing was heard.",
        ),
        (
            "resolver.silent",
            {"outcomes": [["192.0.2.53:53", "TIMEOUT"]]},
            "No answer from our resolver (192.0.2.53:53: TIMEOUT).",
        ),
        ("resolver.silent", {"outcomes": []}, "No answer from our resolver (DNS_RESOLVERS names none)."),
        (
            "route53.zone-quota",
            {"used": 400, "limit": 500},
            (
                "The AWS account holds 400 of the 500 hosted zones it may hold. 100 more fit. Ask for a "
                "higher quota at AWS under Service Quotas, Route 53, Hosted zones."
            ),
        ),
        (
            "route53.zone-quota",
            {"used": 500, "limit": 500},
            (
                "The AWS account holds 500 of the 500 hosted zones it may hold. No more fit, so that new "
                "domains wait. Ask for a higher quota at AWS under Service Quotas, Route 53, Hosted zones."
            ),
        ),
    ],
)
def test_words(code: str, params: dict[str, Any], words: str) -> None:
    assert sentence(Message(code, params)) == words


def test_records_of_strangers_fill_no_page() -> None:
    told = Message("finding.foreign-records", {"zone": "Z1", "records": ["x" * 2000] * 5, "more": 9})
    assert len(sentence(told)) == 2000


def test_problem_is_a_message_of_its_own() -> None:
    denied = Message("aws", {"said": "AccessDenied: no", "code": "AccessDenied"})
    told = Message("zone.not-prepared", {"problem": denied.as_param()})
    assert sentence(told) == "We could not prepare the zone yet: AccessDenied: no"
