"""How many requests one processor answers in a second: `GET /api/v1/domains/{id}` beside a bare Flask view.

    python -m benchmarks.api --seconds 5

Both are called as WSGI applications in this process, one request after the other, and its processor time is what
counts: no server, no network, and not what else the machine does. (PostgreSQL's own time is not in it.) A domain with
a zone and a finished check, on SQLite and on PostgreSQL with Redis; the limit of requests is out of the way and is
counted all the same. The ratio says how much longer a request of the API takes.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, cast

from flask import Flask, jsonify
from werkzeug.test import create_environ

from benchmarks.output import say, write
from benchmarks.setups import SETUPS
from tests.browser.gallery_data import told_of
from tests.dns.delegation.cases import expectation, healthy
from tests.factories import make_account, make_checked, make_domain, make_key, make_zone
from tests.service.faults import Installation
from webapp.dns.delegation import judge
from webapp.extensions import db
from webapp.models import utcnow
from webapp.runtime.logs import quiet

#: Asked for before anything is measured.
WARM = 50


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each is asked (5)")
    parser.add_argument("--only", choices=SETUPS, help="one set-up (both)")
    options = parser.parse_args()
    found = {"bare Flask view": {"/": rate(bare(), "/", {}, options.seconds)}}
    for name in [options.only] if options.only else SETUPS:
        found[name] = measured(SETUPS[name], options.seconds)
    plain = found["bare Flask view"]["/"]
    for name, rates in found.items():
        for path, per_second in rates.items():
            say(
                f"{name:16} {path:32} {per_second:8.0f} requests/s   1/{plain / per_second:.1f} of a bare view"
            )
    write("api", found)


def bare() -> Flask:
    app = Flask("bare")
    app.add_url_rule("/", "view", lambda: jsonify(id=1, domain_name="chat.acme.com"))
    return app


def measured(
    setup: Callable[[Path], AbstractContextManager[Installation]], seconds: float
) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="nameplate-api-") as directory, setup(Path(directory)) as made:
        made.app.extensions["settings"] = made.app.extensions["settings"].model_copy(
            update={"api_requests_per_minute": 1_000_000}
        )
        with made.looking():
            quiet()
            account = make_account("Acme")
            domain = make_domain(account, "chat.acme.com")
            make_zone(domain)
            make_checked(domain, told_of(domain, judge(expectation(), healthy(), utcnow())))
            _, token = make_key(account)
            db.session.commit()
            headers = {"Authorization": f"Bearer {token}"}
            paths = [f"/api/v1/domains/{domain.id}", "/api/v1/domains"]
            db.session.remove()
        return {path: rate(made.app, path, headers, seconds) for path in paths}


def rate(app: Flask, path: str, headers: dict[str, str], seconds: float) -> float:
    """Requests in a second of processor time. Raises RuntimeError when an answer is not 200."""
    for _ in range(WARM):
        ask(app, path, headers)
    began, count = time.process_time(), 0
    while (passed := time.process_time() - began) < seconds:
        ask(app, path, headers)
        count += 1
    return count / passed


def ask(app: Flask, path: str, headers: dict[str, str]) -> None:
    statuses: list[str] = []

    def start_response(status: str, _headers: Any, _error: Any = None) -> Any:
        statuses.append(status)

    with closing(cast("Any", app.wsgi_app(create_environ(path, headers=headers), start_response))) as parts:
        body = b"".join(parts)
    if statuses != ["200 OK"]:
        raise RuntimeError(f"{path}: {statuses}, {body[:200]!r}")


if __name__ == "__main__":
    main()
