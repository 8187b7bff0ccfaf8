"""A domain as the API tells it: ownership, routing and certificate apart."""

from __future__ import annotations

import pytest

from tests.factories import make_domain, make_llm_client
from webapp.dns.delegation import Mark
from webapp.documents import domain as documents
from webapp.domain_page.own_records.to_type import Part, RecordLine, RecordsToType
from webapp.domain_page.reading import domain_page
from webapp.extensions import db, settings
from webapp.models import Account, DomainState, LLMClientCustomDomain, utcnow


def told(domain: LLMClientCustomDomain) -> dict[str, object]:
    return documents.told(domain_page(domain, settings(), utcnow()), settings())


@pytest.mark.parametrize(
    ("state", "deployed", "routing"),
    [
        (DomainState.PENDING, True, "waiting"),
        (DomainState.VERIFIED, True, "serving"),
        (DomainState.VERIFIED, False, "not_deployed"),
        (DomainState.VERIFIED, None, "no_llm_client"),
        (DomainState.REMOVING, None, "off"),
    ],
)
def test_routing_says_where_visitors_are_led(
    account: Account, state: DomainState, deployed: bool | None, routing: str
) -> None:
    domain = make_domain(account, state=state)
    if deployed is not None:
        make_llm_client(account, deployed=deployed, custom_domain=domain)
    db.session.commit()
    found = documents._routing(domain, "help@acme.net")
    assert found["status"] == routing
    assert (found["error"] is None) == (routing == "serving")


@pytest.mark.parametrize(
    ("mark", "there", "status", "code"),
    [
        ("found", None, "found", None),
        ("missing", None, "missing", "missing"),
        ("missing", "A", "wrong", "wrong"),
        ("unknown", None, "unknown", "unknown"),
        (None, None, "not_asked", None),
    ],
)
def test_each_record_has_an_error_of_its_own(
    mark: Mark | None, there: str | None, status: str, code: str | None
) -> None:
    """The TXT record is missing beside it, which is no fault of the CNAME record."""
    token = ("_nameplate-challenge.chat.acme.com", "_nameplate-challenge.chat", "TXT", "token")
    target = ("chat.acme.com", "chat", "CNAME", "x.edge.nameplate.net")
    lines = (RecordLine(Part.RESERVE, *token, "missing"), RecordLine(Part.SWITCH, *target, mark))
    foreign = (RecordLine(Part.SWITCH, "chat.acme.com", "chat", there, "192.0.2.1", None),) if there else ()
    todo = RecordsToType("chat.acme.com", "acme.com", "chat", lines, False, "x.edge.nameplate.net", foreign)
    txt, cname = documents._records(todo)
    assert txt["error"]["detail"] == "acme.com has no TXT record “_nameplate-challenge.chat” with this value."
    assert (cname["status"], cname["error"] and cname["error"]["code"]) == (status, code)
    if code is not None:
        assert "TXT" not in cname["error"]["detail"]
        assert "192.0.2.1" not in cname["error"]["detail"]


def test_the_summary_is_part_of_the_whole(account: Account) -> None:
    domain = make_domain(account)
    db.session.commit()
    whole, summary = told(domain), documents.summary(domain, settings())
    assert {key: whole[key] for key in summary if key != "headline"} == {
        key: value for key, value in summary.items() if key != "headline"
    }
