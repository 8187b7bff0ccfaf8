"""Links for whoever manages a domain's DNS."""

from __future__ import annotations

from sqlalchemy import Select, select

from webapp.api.authentication import caller, needs, own_domain, select_domains
from webapp.api.blueprint import location, resource
from webapp.api.codes import KINDS
from webapp.api.document import Result, body, operation, query
from webapp.api.paging import paged
from webapp.api.problems import Problem, not_found
from webapp.api.schemas.paging import PageQuery
from webapp.api.schemas.resources.handover_links import HandoverLink as LinkTold
from webapp.api.schemas.resources.handover_links import HandoverLinkList, NewHandoverLink
from webapp.extensions import db
from webapp.handover import links
from webapp.handover.views import address_of
from webapp.models import HandoverLink, LLMClientCustomDomain, utcnow
from webapp.web.bounded import MOST_ROW_ID

api = resource("handover_links")

#: Codes of the service that the API has by another name.
_CODES = {"domain-suspended": "suspended", "domain-denied": "not-accepted"}


@api.get("/domains/<int:domain_id>/handover-links")
@operation(tag="handover-links", query=PageQuery, answers={200: HandoverLinkList}, problems=(404,))
@needs("handover-links:read")
def index(domain_id: int) -> Result:
    """List the links of a domain.

    Those that work no more are listed as well.
    """
    domain = own_domain(domain_id)
    wanted = _links().where(HandoverLink.custom_domain_id == domain.id)
    return paged(HandoverLinkList, wanted, HandoverLink.id, query(PageQuery), _told)


@api.post("/domains/<int:domain_id>/handover-links")
@operation(tag="handover-links", body=NewHandoverLink, answers={201: LinkTold}, problems=(404, 409))
@needs("handover-links:write")
def create(domain_id: int) -> Result:
    """Make a link to the records of a domain.

    It works for 14 days without a sign-in, shows this one domain, and tells nothing else of the account. The people
    of the account get an e-mail once all records are there.
    """
    domain = own_domain(domain_id)
    link = links.make(domain, body(NewHandoverLink).made_for, actor=caller().actor, now=utcnow())
    if isinstance(link, links.NotMade):
        code = "invalid-request" if link.field else _CODES.get(link.code, link.code)
        pointer = f"/{link.field}" if link.field else None
        raise Problem(KINDS[code].status, code, link.sentence, pointer=pointer)
    return _told(link), 201, {"Location": location("handover_links.show", link_id=link.id)}


@api.get("/handover-links/<int:link_id>")
@operation(tag="handover-links", answers={200: LinkTold}, problems=(404,))
@needs("handover-links:read")
def show(link_id: int) -> Result:
    """Read a link."""
    return _told(_own(link_id))


@api.delete("/handover-links/<int:link_id>")
@operation(tag="handover-links", answers={204: None}, problems=(404,))
@needs("handover-links:write")
def revoke(link_id: int) -> Result:
    """Revoke a link.

    It leads nowhere from then on. To revoke it twice changes nothing.
    """
    links.revoke(_own(link_id), actor=caller().actor, now=utcnow())
    return "", 204


def _links() -> Select[HandoverLink]:
    """Those of the domains that the key may see, of their present account."""
    domain = LLMClientCustomDomain
    seen = select_domains().with_only_columns(domain.id)
    return (
        select(HandoverLink)
        .join(domain, domain.id == HandoverLink.custom_domain_id)
        .where(HandoverLink.account_id == domain.account_id, domain.id.in_(seen))
    )


def _own(link_id: int) -> HandoverLink:
    query_ = _links().where(HandoverLink.id == link_id)
    link = db.session.scalar(query_) if link_id <= MOST_ROW_ID else None
    if link is None:
        raise not_found()
    return link


def _told(link: HandoverLink) -> LinkTold:
    return LinkTold(
        id=link.id,
        domain_id=link.custom_domain_id,
        domain_name=link.custom_domain.domain_name,
        url=address_of(link),
        made_for=link.made_for,
        made_by=link.made_by,
        works=links.with_code(link.code, utcnow()) is not None,
        created_at=link.created_at,
        expires_at=link.expires_at,
        revoked_at=link.revoked_at,
        opened_at=link.opened_at,
        done_at=link.done_at,
    )
