"""A check that somebody asks for, beside a worker that records another one of the same domain."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from tests.factories import make_account, make_domain, make_zone
from webapp.audit.log import COMMAND
from webapp.checks import request
from webapp.extensions import db, settings
from webapp.models import CheckOrigin, DomainState, LLMClientCustomDomain


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("origin", [CheckOrigin.CUSTOMER, CheckOrigin.STAFF, CheckOrigin.COMMAND])
@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED, DomainState.EXPIRED])
def test_domain_that_changed_after_it_was_read(state: DomainState, origin: CheckOrigin) -> None:
    domain = make_domain(make_account(), "chat.acme.test", state, check_attempt=3)
    make_zone(domain)
    db.session.commit()
    read = domain.version
    db.session.execute(
        update(LLMClientCustomDomain)
        .values(version=LLMClientCustomDomain.version + 1)
        .execution_options(synchronize_session=False)
    )
    assert domain.version == read
    done = request.request_check(domain, origin=origin, actor=COMMAND, settings=settings())
    db.session.commit()
    assert isinstance(done, request.CheckRequested)
    assert (done.new, domain.check_attempt) == (True, 0)
