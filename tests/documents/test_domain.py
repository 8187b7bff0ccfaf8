"""A domain as the API tells it: ownership, routing and certificate apart."""

from __future__ import annotations

import pytest

from tests.factories import make_domain, make_llm_client
from webapp.documents import domain as documents
from webapp.domain_page.context import domain_page
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
    found = documents._routing(domain)
    assert found["status"] == routing
    assert (found["error"] is None) == (routing == "serving")


def test_the_summary_is_part_of_the_whole(account: Account) -> None:
    domain = make_domain(account)
    db.session.commit()
    whole, summary = told(domain), documents.summary(domain, settings())
    assert {key: whole[key] for key in summary if key != "headline"} == {
        key: value for key, value in summary.items() if key != "headline"
    }
