"""A live name changes its method, on both set-ups: not one visitor is refused, whatever dies meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.service.faults import Installation, eventually
from tests.service.nameplate import Visitor
from webapp.models import DomainState, Method

#: Seconds between two questions of the edge.
RHYTHM = 0.05


@contextmanager
def asked_all_the_time(installation: Installation, name: str) -> Iterator[list[int]]:
    """Asks the edge's question about the name until the end; what it was answered."""
    answers: list[int] = []
    over = threading.Event()

    def ask() -> None:
        visitor = Visitor(installation.url)
        while not over.wait(RHYTHM):
            answers.append(visitor.status(f"/edge/ask?domain={name}"))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield answers
    finally:
        over.set()
        asking.join()


def proved_by(installation: Installation, domain_id: int, method: Method) -> None:
    installation.make_due_until(
        domain_id, lambda: installation.method(domain_id) is method, f"it was never proved by {method}"
    )


def test_a_live_name_changes_to_records_and_back_without_one_no(installation: Installation) -> None:
    name = "changes.acme.test"
    with installation.web(), installation.quick_worker("first") as worker:
        domain_id = installation.verified(name)
        eventually(
            lambda: Visitor(installation.url).status(f"/edge/ask?domain={name}") == 200, "never served"
        )
        with asked_all_the_time(installation, name) as answers:
            installation.choose(domain_id, Method.RECORDS)
            installation.undelegate(domain_id)
            installation.kill_in_mid_check(worker, domain_id)
            installation.type_records(domain_id)
            with installation.quick_worker("second"):
                proved_by(installation, domain_id, Method.RECORDS)
                asked = len(answers)
                installation.choose(domain_id, Method.DELEGATION)
                eventually(lambda: installation.is_ready(domain_id), "the zone was never ready again")
                installation.type_records(domain_id, add=False)
                installation.delegate(domain_id)
                proved_by(installation, domain_id, Method.DELEGATION)
                eventually(lambda: len(answers) > asked + 10, "nobody asked any more")
    assert set(answers) == {200}
    assert installation.transitions(domain_id) == ["verified"]


def test_worker_killed_in_mid_check_of_records(installation: Installation) -> None:
    with installation.quick_worker("first") as worker:
        domain_id = installation.register("records.acme.test")
        installation.choose(domain_id, Method.RECORDS)
        installation.type_records(domain_id)
        installation.make_due_until(
            domain_id, lambda: installation.state(domain_id) is DomainState.VERIFIED, "never verified"
        )
        installation.kill_in_mid_check(worker, domain_id)
    assert installation.running(domain_id)
    done = len(installation.done_checks(domain_id))
    with installation.quick_worker("second", CHECK_TOTAL_SECONDS="15"):
        installation.make_due_until(
            domain_id,
            lambda: "VERIFIED" in installation.done_checks(domain_id)[done:],
            "never verified again",
        )
    assert installation.transitions(domain_id) == ["verified"]
