"""One name at two accounts, in the sandbox's DNS, with a real worker: it moves, and is served all the time."""

from __future__ import annotations

import time

import pytest

from tests.moves.claims import codes
from tests.service.faults import PATIENCE_SECONDS, Installation, eventually
from tests.serving import is_served
from webapp.models import DomainState

pytestmark = pytest.mark.service

NAME = "moving.acme.test"
#: Minutes: a second in the place of ten minutes.
SOON = "0.02"
#: Nobody is killed here, so that a check may take what a busy machine takes. In the usual six seconds of these
#: tests it may hear nobody, check after check, and what could not be asked moves no name.
LONG = "20"


@pytest.mark.parametrize("installation_processes", ["sqlite"], indirect=True)
def test_name_moves_to_the_account_that_its_owner_leads_it_to(installation: Installation) -> None:
    with installation.quick_worker(FAILING_CONFIRMATION_MINUTES=SOON, CHECK_TOTAL_SECONDS=LONG):
        old = installation.verified(NAME)
        new = installation.register(NAME)
        eventually(lambda: installation.is_ready(new), "the second zone was never ready")
        installation.undelegate(old)
        installation.delegate(new)
        deadline = time.monotonic() + 2 * PATIENCE_SECONDS
        while installation.state(new) is not DomainState.VERIFIED:
            assert time.monotonic() < deadline, "it never moved"
            for claim in (new, old):
                installation.make_due(claim)
            with installation.looking():
                assert is_served(NAME)
            time.sleep(0.3)
        assert installation.state(old) is DomainState.LAPSED
    with installation.looking():
        assert codes(installation.domain(old)).count("domain.moved-away") == 1
        assert "claim.contests" in codes(installation.domain(new))
        assert codes(installation.domain(old)).count("claim.contested") == 1
        assert is_served(NAME)
