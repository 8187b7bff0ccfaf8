"""The domains of an account."""

from __future__ import annotations

from webapp.api.authentication import needs, own_domain, select_domains
from webapp.api.blueprint import resource
from webapp.api.document import Result, operation, query
from webapp.api.paging import paged
from webapp.api.schemas.domains import Domain, DomainList, DomainsQuery, DomainSummary
from webapp.documents import domain as documents
from webapp.domain_page.context import domain_page
from webapp.extensions import settings
from webapp.models import DomainState, LLMClientCustomDomain, utcnow

api = resource("domains")


@api.get("/domains")
@operation(tag="domains", query=DomainsQuery, answers={200: DomainList})
@needs("domains:read")
def index() -> Result:
    """List domains.

    The newest first. Removed domains are not listed.
    """
    asked = query(DomainsQuery)
    wanted = select_domains().where(LLMClientCustomDomain.state != DomainState.REMOVED)
    return paged(
        DomainList,
        wanted,
        LLMClientCustomDomain.id,
        asked,
        lambda row: DomainSummary.model_validate(documents.summary(row, settings())),
    )


@api.get("/domains/<int:domain_id>")
@operation(tag="domains", answers={200: Domain}, problems=(404,))
@needs("domains:read")
def show(domain_id: int) -> Result:
    """Read a domain.

    Everything that its page tells, with the report of the last check.
    """
    return domain_answer(own_domain(domain_id))


def domain_answer(domain: LLMClientCustomDomain) -> Domain:
    return Domain.model_validate(documents.told(domain_page(domain, settings(), utcnow()), settings()))
