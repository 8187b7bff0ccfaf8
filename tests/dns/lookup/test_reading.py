"""What a message means: for every message, however strange."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.dns.delegation.cases import HOST, OTHERS, OURS
from webapp.dns.answers import Answer, outcome_of
from webapp.dns.lookup.observation import Says
from webapp.dns.lookup.reading import read_cut, read_ds, read_parent
from webapp.dns.records import RecordSet

ZONE = "acme.com"
OWNERS = st.sampled_from([HOST, HOST, ZONE, "com", ".", "*.acme.com", f"x.{HOST}", "x.acme.com", "other.net"])
SOA = "ns.example. host.example. 1 7200 900 1209600 900"
NS_SETS = st.sampled_from([tuple(sorted(OURS)), tuple(sorted(OTHERS)), (OURS[0],)])
RECORD_SETS = st.one_of(
    st.builds(RecordSet, OWNERS, st.just("NS"), st.just(60), NS_SETS),
    st.builds(RecordSet, OWNERS, st.just("SOA"), st.just(60), st.just((SOA,))),
    st.builds(RecordSet, OWNERS, st.sampled_from(["CNAME", "DNAME"]), st.just(60), st.just(("b.example",))),
    st.builds(RecordSet, OWNERS, st.just("DS"), st.just(60), st.just(("1 13 2 AB",))),
)
SECTIONS = st.lists(RECORD_SETS, max_size=3).map(tuple)
RCODES = st.sampled_from(["NOERROR", "NOERROR", "NXDOMAIN", "SERVFAIL", "NOTIMP"])


def answers(names: list[str], types: list[str]) -> st.SearchStrategy[Answer]:
    def made(
        name: str,
        rdtype: str,
        rcode: str,
        aa: bool,
        answer: tuple[RecordSet, ...],
        authority: tuple[RecordSet, ...],
    ) -> Answer:
        outcome = outcome_of(rcode, answer, authority)
        return Answer(
            name, rdtype, outcome, "198.51.0.1", authoritative=aa, answer=answer, authority=authority
        )

    return st.builds(
        made, st.sampled_from(names), st.sampled_from(types), RCODES, st.booleans(), SECTIONS, SECTIONS
    )


ABOUT_HOST = answers([HOST], ["NS"])
FURTHER = st.lists(answers([HOST, ZONE, f"x.{HOST}", "x.acme.com"], ["SOA", "NS"]), max_size=4).map(tuple)


@given(ABOUT_HOST, FURTHER)
def test_a_delegation_is_a_referral_to_exactly_the_host(answer: Answer, further: tuple[Answer, ...]) -> None:
    said = read_parent("ns1.acme.com", answer, ZONE, further)
    if said.says is not Says.DELEGATED:
        return
    referrals = [one.referral for one in (answer, *further) if one.referral and one.referral.name == HOST]
    assert referrals
    assert all(said.name_servers >= set(found.values) for found in referrals if not answer.referral)
    assert not answer.record_set("CNAME")


@given(ABOUT_HOST, FURTHER)
def test_a_server_with_a_zone_of_that_name_delegates_nothing(
    answer: Answer, further: tuple[Answer, ...]
) -> None:
    own = Answer(
        HOST,
        "SOA",
        outcome_of("NOERROR", (), ()),
        authoritative=True,
        answer=(RecordSet(HOST, "SOA", 60, (SOA,)),),
    )
    said = read_parent("ns1.acme.com", answer, ZONE, (own, *further))
    assert said.says is not Says.DELEGATED or answer.referral


@given(ABOUT_HOST)
def test_records_in_answer_alone_are_no_delegation(answer: Answer) -> None:
    if answer.answer:
        assert read_parent("ns1.acme.com", answer, ZONE).says is not Says.DELEGATED


@given(ABOUT_HOST, FURTHER)
def test_without_authority_only_a_server_that_holds_the_zone_is_believed_about_an_answer(
    answer: Answer, further: tuple[Answer, ...]
) -> None:
    holds = any(one.authoritative and one.name == ZONE and one.record_set("SOA") for one in further)
    if not answer.authoritative and answer.answer and not holds:
        assert read_parent("ns1.acme.com", answer, ZONE, further).says in {None, Says.OWN_ZONE, Says.WILDCARD}


@given(ABOUT_HOST)
def test_a_cut_lies_strictly_between_the_zone_and_the_host(answer: Answer) -> None:
    found = read_cut(answer, ZONE)
    assert found is None or (found.zone not in {ZONE, HOST} and found.zone.endswith(".acme.com"))


@given(answers([HOST], ["DS"]))
def test_ds_records_are_known_by_an_answer_with_authority_or_a_referral(answer: Answer) -> None:
    if read_ds(answer) is not None:
        assert answer.authoritative or answer.referral
