"""A process of its own with the application in it, told by lines of JSON what to do. Started by a test.

Every answer carries `at`, the clock that all processes of a machine share, read when the question arrived or,
for a change, right after its commit.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_zone
from webapp import create_app
from webapp.audit.log import COMMAND
from webapp.checks import record, request
from webapp.dns.delegation import Verdict
from webapp.domains import lifecycle
from webapp.edge.dashboard import verified_names
from webapp.edge.served_names import announcements
from webapp.extensions import db
from webapp.models import GONE_STATES, CheckOrigin, LLMClientCustomDomain, utcnow

statements: list[str] = []
announce_change = announcements.announce_change


@event.listens_for(Engine, "before_cursor_execute")
def _count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
    statements.append(statement)


def begin(name: str, **_options: Any) -> dict[str, Any]:
    """Leave nothing of before but one pending domain."""
    for domain in db.session.scalars(select(LLMClientCustomDomain)):
        lifecycle.remove(domain, actor=COMMAND)
    make_zone(make_domain(make_account(), name))
    return _commit()


def list_names(**_options: Any) -> dict[str, Any]:
    asked_at = time.monotonic()
    statements.clear()
    return {
        "names": LLMClientCustomDomain.get_verified_domains(),
        "statements": len(statements),
        "at": asked_at,
    }


def verify(name: str, announce: bool = True, **_options: Any) -> dict[str, Any]:
    """What a worker does when the delegation is right; without `announce`, as one that is killed right after."""
    setattr(verified_names, "announce_change", announce_change if announce else lambda: None)  # noqa: B010
    domain = _domain(name)
    check = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow()).check
    work = record.take(check.id, utcnow())
    assert work is not None
    assert record.finish_check(work, report(work.expectation, Verdict.VERIFIED, utcnow()), utcnow())
    return _commit()


def remove(name: str, **_options: Any) -> dict[str, Any]:
    lifecycle.remove(_domain(name), actor=COMMAND)
    return _commit()


def _domain(name: str) -> LLMClientCustomDomain:
    query = select(LLMClientCustomDomain).filter_by(domain_name=name)
    return db.session.scalars(query.where(LLMClientCustomDomain.state.not_in(GONE_STATES))).one()


def _commit() -> dict[str, Any]:
    db.session.commit()
    return {"at": time.monotonic()}


OPERATIONS: dict[str, Callable[..., dict[str, Any]]] = {
    "begin": begin,
    "list": list_names,
    "verify": verify,
    "remove": remove,
}


def main() -> None:
    app = create_app()
    client = app.test_client()
    for line in sys.stdin:
        wish = json.loads(line)
        if wish["do"] == "ask":
            asked_at = time.monotonic()
            # An answer that is not closed keeps its place, of which there are a few.
            with client.get("/edge/ask", query_string={"domain": wish["name"]}) as response:
                answer = {"status": response.status_code, "at": asked_at}
        else:
            with app.app_context():
                answer = OPERATIONS[wish.pop("do")](**wish)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
