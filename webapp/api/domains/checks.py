"""Checks of a domain: asking for one, and what they found."""

from __future__ import annotations

from sqlalchemy import select

from webapp.api.authentication import caller, needs, own_domain
from webapp.api.blueprint import location, resource
from webapp.api.document import Result, operation, query
from webapp.api.domains.answers import check_answer, check_whole
from webapp.api.domains.own import own_locked
from webapp.api.paging import paged
from webapp.api.problems import not_found
from webapp.api.refusals import refused
from webapp.api.schemas.domains.checks import CheckList, CheckStarted, CheckWhole
from webapp.api.schemas.paging import PageQuery
from webapp.api.transactions import after_commit
from webapp.checks.request import CheckRequested, ParentCheckRequested, request_check
from webapp.checks.tasks import queue_request
from webapp.extensions import db, settings
from webapp.models import Check, CheckOrigin
from webapp.web.bounded import MOST_ROW_ID

api = resource("checks")

#: Most checks end within this many seconds.
_SECONDS = "3"


@api.get("/domains/<int:domain_id>/checks")
@operation(tag="checks", query=PageQuery, answers={200: CheckList}, problems=(404,))
@needs("domains:read")
def index(domain_id: int) -> Result:
    """List the checks of a domain."""
    mine = select(Check).where(Check.custom_domain_id == own_domain(domain_id).id)
    return paged(CheckList, mine, Check.id, query(PageQuery), check_answer)


@api.post("/domains/<int:domain_id>/checks")
@operation(tag="checks", answers={202: CheckStarted}, problems=(404, 409), name="request_check")
@needs("domains:write")
def create(domain_id: int) -> Result:
    """Ask for a check.

    It resets nothing: the domain stays as it is until the check has found something else. While one is under way,
    that one is told. Ask at the address in `Location` for what it found.
    """
    domain, who = own_locked(domain_id), caller()
    outcome = request_check(
        domain,
        origin=CheckOrigin.STAFF if who.is_platform else CheckOrigin.CUSTOMER,
        actor=who.actor,
        settings=settings(),
    )
    if not isinstance(outcome, CheckRequested | ParentCheckRequested):
        # What is in the making was brought forward, and the turn was used.
        raise refused(outcome, keep=True)
    after_commit(queue_request, outcome)
    if isinstance(outcome, ParentCheckRequested):
        where = location("domains.show", domain_id=domain_id)
        told = CheckStarted(domain_id=domain_id, check=None, new=bool(outcome.wakes))
    else:
        where = location("checks.show", domain_id=domain_id, check_id=outcome.check.id)
        told = CheckStarted(domain_id=domain_id, check=check_answer(outcome.check), new=outcome.new)
    return told, 202, {"Location": where, "Retry-After": _SECONDS}


@api.get("/domains/<int:domain_id>/checks/<int:check_id>")
@operation(tag="checks", answers={200: CheckWhole}, problems=(404,))
@needs("domains:read")
def show(domain_id: int, check_id: int) -> Result:
    """Read a check, with its report."""
    domain = own_domain(domain_id)
    check = db.session.get(Check, check_id) if check_id <= MOST_ROW_ID else None
    if check is None or check.custom_domain_id != domain.id:
        raise not_found()
    return check_whole(check)
