from __future__ import annotations

import pytest

from webapp.dns.answers import Answer, Outcome, outcome_of
from webapp.dns.records import RecordSet

NS = RecordSet("chat.acme.com", "NS", 3600, ("ns1.other.net",))
SOA = RecordSet("acme.com", "SOA", 3600, ("ns. host. 1 7200 900 1209600 300",))
CNAME = RecordSet("chat.acme.com", "CNAME", 60, ("x.example",))


@pytest.mark.parametrize(
    ("rcode", "answer", "authority", "outcome"),
    [
        ("NOERROR", (NS,), (), Outcome.NOERROR),
        ("NOERROR", (), (NS,), Outcome.REFERRAL),
        ("NOERROR", (), (SOA,), Outcome.NODATA),
        ("NOERROR", (), (NS, SOA), Outcome.NODATA),
        ("NOERROR", (), (), Outcome.NODATA),
        ("NXDOMAIN", (), (SOA,), Outcome.NXDOMAIN),
        ("SERVFAIL", (), (), Outcome.SERVFAIL),
        ("REFUSED", (), (), Outcome.REFUSED),
        ("FORMERR", (), (), Outcome.FORMERR),
        ("NOTIMP", (), (), Outcome.OTHER),
    ],
)
def test_outcomes_are_kept_apart(
    rcode: str, answer: tuple[RecordSet, ...], authority: tuple[RecordSet, ...], outcome: Outcome
) -> None:
    assert outcome_of(rcode, answer, authority) is outcome


def answer(**parts: object) -> Answer:
    return Answer("chat.acme.com", "NS", **({"outcome": Outcome.NOERROR} | parts))  # type: ignore[arg-type]


def test_only_what_could_be_learnt_counts_as_answered() -> None:
    answered = {outcome for outcome in Outcome if outcome.answered}
    assert answered == {Outcome.NOERROR, Outcome.REFERRAL, Outcome.NODATA, Outcome.NXDOMAIN}


def test_records_of_another_owner_are_no_answer() -> None:
    followed = answer(answer=(CNAME, RecordSet("x.example", "NS", 60, ("ns.x.example",))))
    assert followed.values("NS") == ()
    assert followed.values("CNAME") == ("x.example",)


def test_a_referral_stands_at_or_above_the_name_with_aa_clear_or_set() -> None:
    assert answer(outcome=Outcome.REFERRAL, authority=(NS,)).referral is NS
    assert answer(outcome=Outcome.REFERRAL, authority=(NS,), authoritative=True).referral == NS
    sideways = RecordSet("other.com", "NS", 60, ("ns1.other.net",))
    assert answer(outcome=Outcome.REFERRAL, authority=(sideways,)).referral is None


def test_the_negative_ttl_is_the_smaller_of_ttl_and_minimum() -> None:
    assert answer(outcome=Outcome.NXDOMAIN, authority=(SOA,)).negative_ttl == 300
    short = RecordSet("acme.com", "SOA", 60, SOA.values)
    assert answer(outcome=Outcome.NXDOMAIN, authority=(short,)).negative_ttl == 60
    assert answer(outcome=Outcome.NXDOMAIN).negative_ttl is None


def test_addresses_come_only_from_the_zone_that_may_know_them() -> None:
    brought = (RecordSet("ns1.acme.com", "A", 60, ("198.51.0.1",)), RecordSet("ns1.net", "A", 60, ("::1",)))
    answer = Answer("acme.com", "NS", Outcome.NODATA, additional=brought)
    assert answer.addresses_within("ns1.acme.com", "com") == ("198.51.0.1",)
    assert answer.addresses_within("ns1.net", "com") == ()
    assert answer.addresses_within("ns1.acme.com", "eu.acme.com") == ()


def test_a_wildcard_is_one_above_the_name_asked_for() -> None:
    def seen(owner: str) -> RecordSet | None:
        found = RecordSet(owner, "NS", 60, ("ns1.other.net",))
        return Answer("chat.acme.com", "NS", Outcome.REFERRAL, authority=(found,)).wildcard

    assert seen("*.acme.com")
    assert seen("*.com")
    assert not seen("*.other.net")
    assert not seen("chat.acme.com")
    asked = Answer("*.acme.com", "NS", Outcome.NOERROR, answer=(RecordSet("*.acme.com", "NS", 60, ("a.b",)),))
    assert not asked.wildcard
