"""Suspension, for the platform's staff."""

from __future__ import annotations

from webapp.api.authentication import caller, needs, own_domain, platform_only
from webapp.api.blueprint import resource
from webapp.api.document import Result, body, operation, query
from webapp.api.domains.answers import domain_answer
from webapp.api.domains.own import own_locked
from webapp.api.etags import require_match
from webapp.api.problems import Problem
from webapp.api.schemas.domains.domains import Domain, NewSuspension, Release
from webapp.domains import suspension

api = resource("suspension")


@api.put("/domains/<int:domain_id>/suspension")
@operation(
    tag="suspension", body=NewSuspension, answers={200: Domain}, problems=(404, 409), name="suspend_domain"
)
@needs("domains:write")
@platform_only
def suspend(domain_id: int) -> Result:
    """Suspend a domain.

    It is neither served nor checked until it is released, and its time does not run.
    """
    wanted, domain = body(NewSuspension), own_domain(domain_id)
    require_match(lambda: domain_answer(domain))
    if domain.held_at is not None and domain.hold_reason == wanted.reason:
        return domain_answer(domain)
    refusal = suspension.suspend(domain, actor=caller().actor, reason=wanted.reason, deny=wanted.deny)
    if refusal is not None:
        raise Problem(409, "not-changed", refusal)
    return domain_answer(domain)


@api.delete("/domains/<int:domain_id>/suspension")
@operation(tag="suspension", query=Release, answers={200: Domain}, problems=(404, 409), name="release_domain")
@needs("domains:write")
@platform_only
def release(domain_id: int) -> Result:
    """Release a domain from its suspension."""
    domain = own_locked(domain_id)
    require_match(lambda: domain_answer(domain))
    refusal = suspension.release(domain, actor=caller().actor, reason=query(Release).reason)
    if refusal is not None:
        raise Problem(409, "not-changed", refusal)
    return domain_answer(domain)
