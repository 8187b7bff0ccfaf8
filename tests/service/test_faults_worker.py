"""Workers that are killed at the worst moments, on both set-ups: nothing is lost and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.service.faults import PARENT_SERVERS, Installation, eventually
from webapp.audit.log import COMMAND
from webapp.checks import request
from webapp.checks.tasks import queue_request
from webapp.checks.watch import board
from webapp.domain_page.watching import QUIET, watch
from webapp.extensions import db, settings
from webapp.models import Check, CheckOrigin, CheckStatus, DomainState, LLMClientCustomDomain


def test_registered_name_is_verified_by_the_documented_worker_with_nobody_pressing_anything(
    installation: Installation,
) -> None:
    # As AWS does it, so that the worker looks again until the zone is in sync.
    installation.tell_sandbox("settings", {"in_sync_seconds": 0.2})
    with installation.worker():
        domain_id = installation.verified("documented.acme.test")
    installation.assert_one_zone(domain_id)
    assert installation.transitions(domain_id) == ["verified"]
    assert "documented.acme.test" in installation.verified_names()


def test_worker_killed_in_mid_check(installation: Installation) -> None:
    with installation.quick_worker("first") as worker:
        domain_id = installation.verified("check.acme.test")
        # The other one answers the resolver, which would otherwise say at once that it found nobody.
        installation.name_servers("silent", PARENT_SERVERS[0])
        installation.kill_in_mid_check(worker, domain_id)
    assert installation.running(domain_id)
    done = len(installation.done_checks(domain_id))
    installation.name_servers("")
    # Nothing is silent any more, so that its checks need not be short, and may take what a busy machine takes.
    with installation.quick_worker("second", CHECK_TOTAL_SECONDS="15"):
        eventually(lambda: len(installation.done_checks(domain_id)) > done, "nobody took the check up again")
        # A busy machine's name servers may not be heard in time, which is never said of a name that is not there.
        installation.make_due_until(
            domain_id,
            lambda: "VERIFIED" in installation.done_checks(domain_id)[done:],
            "never verified again",
        )
    assert {"VERIFIED", "PARENT_UNREACHABLE"}.issuperset(installation.done_checks(domain_id)[done:])
    assert installation.transitions(domain_id) == ["verified"]
    installation.assert_one_zone(domain_id)


def test_worker_killed_in_a_check_that_somebody_watches(installation: Installation) -> None:
    """Nobody is asking for ever, and the check is still the next worker's."""
    with installation.quick_worker("first", CHECK_TOTAL_SECONDS="15") as worker:
        domain_id = installation.verified("watched.acme.test")
        installation.name_servers("silent", PARENT_SERVERS[0])
        began: list[int] = []
        installation.kill_while(
            worker,
            lambda: any(asking(installation, one) for one in began[-1:]),
            lambda: began.extend(pressed(installation, domain_id)),
        )
    check_id = began[-1]
    with installation.looking():
        check = db.session.get_one(Check, check_id)
        assert check.status is CheckStatus.RUNNING
        left = board.read(check_id)
        assert left is not None
        later = watch(check, board.read, left.at + QUIET + timedelta(seconds=1))
        assert later is not None
        assert later.quiet_since == left.at
        assert {row.icon for row in later.rows}.isdisjoint({"settling"})


def pressed(installation: Installation, domain_id: int) -> list[int]:
    """The check of somebody who presses Verify; none while another one is under way."""
    with installation.looking():
        domain = db.session.get_one(LLMClientCustomDomain, domain_id)
        asked = request.request_check(
            domain, origin=CheckOrigin.STAFF, actor=COMMAND, settings=settings(), reason="They called us."
        )
        assert isinstance(asked, request.CheckRequested)
        db.session.commit()
        queue_request(asked)
        return [asked.check.id] if asked.new else []


def asking(installation: Installation, check_id: int) -> bool:
    """Whether somebody is being asked for a check that is under way."""
    with installation.looking():
        left = board.read(check_id)
        asked = left is not None and any(line.asking for line in left.of("parent"))
        return asked and db.session.get_one(Check, check_id).status is CheckStatus.RUNNING


@pytest.mark.parametrize("answer", ["late", "lost"])
def test_worker_killed_between_the_creation_of_a_zone_and_its_commit(
    installation: Installation, answer: str
) -> None:
    """The zone is made, and the worker dies before it knows, while the answer is under way or gone."""
    ids: list[int] = []

    def is_known() -> bool:
        with installation.looking():
            return installation.zones(ids[-1])[-1].aws_hosted_zone_id is not None

    def begin() -> None:
        """Another one, if the worker has heard of the one before."""
        if not ids or is_known():
            installation.aws_fault("CreateHostedZone", when="after", delay_seconds=4.0, drop=answer == "lost")
            ids.append(installation.register(f"{answer}{len(ids)}.acme.test"))

    with installation.quick_worker("first") as worker:
        installation.kill_while(worker, lambda: not installation.faults_left() and not is_known(), begin)
    domain_id = ids[-1]
    assert not is_known()
    with installation.quick_worker("second"):
        eventually(lambda: installation.is_ready(domain_id), "the zone was never ready")
    installation.assert_one_zone(domain_id)


def test_two_workers_do_everything_once(installation: Installation) -> None:
    names = [f"pair{number}.acme.test" for number in range(4)]
    with installation.quick_worker("first"), installation.quick_worker("second"):
        ids = [installation.register(name) for name in names]
        for domain_id in ids:
            eventually(lambda d=domain_id: installation.is_ready(d), "a zone was never ready")  # type: ignore[misc]
            installation.delegate(domain_id)
        for domain_id in ids:
            installation.make_due_until(
                domain_id,
                lambda d=domain_id: installation.state(d) is DomainState.VERIFIED,  # type: ignore[misc]
                "it was never verified",
            )
    for domain_id in ids:
        installation.assert_one_zone(domain_id)
        assert installation.transitions(domain_id) == ["verified"]
