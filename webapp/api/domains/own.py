"""A domain of the account that a request is about to change."""

from __future__ import annotations

from webapp.api.authentication import own_domain
from webapp.api.problems import not_found
from webapp.domains.locks import lock_domain
from webapp.models import LLMClientCustomDomain


def own_locked(domain_id: int) -> LLMClientCustomDomain:
    """As `own_domain`, locked until the commit. A problem 404 if it moved to another account since it was read."""
    domain = own_domain(domain_id)
    if not lock_domain(domain):
        raise not_found()
    return domain
