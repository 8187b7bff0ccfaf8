"""A domain of the account that a form is about to change."""

from __future__ import annotations

from flask import abort

from webapp.auth.access import own_domain_or_404
from webapp.domains.locks import lock_domain
from webapp.models import LLMClientCustomDomain


def own_locked_or_404(domain_id: int) -> LLMClientCustomDomain:
    """As `own_domain_or_404`, locked until the commit, and 404 if it moved to another account since it was read."""
    domain = own_domain_or_404(domain_id)
    if not lock_domain(domain):
        abort(404)
    return domain
