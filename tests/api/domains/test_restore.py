"""A removal that is taken back too early."""

from __future__ import annotations

from tests.api.conftest import Ask
from tests.factories import make_domain, make_zone
from webapp.extensions import db
from webapp.models import Account, DomainState, ZoneState, utcnow


def test_it_says_after_how_many_seconds_a_removal_can_be_taken_back(ask: Ask, account: Account) -> None:
    domain = make_domain(account, "chat.acme.com", DomainState.REMOVING)
    make_zone(domain, ZoneState.LEAVING, next_attempt_at=utcnow())
    domain.check_requested_at = domain.state_changed_at = utcnow()
    db.session.commit()
    answer = ask("POST", f"/domains/{domain.id}/restore")
    told = answer.get_json()
    assert (answer.status_code, told["code"]) == (429, "too-soon"), told
    assert f"in {answer.headers['Retry-After']} s" in told["detail"]
    assert 0 < int(answer.headers["Retry-After"]) <= 60
