"""Operating Nameplate, with its own processes on both set-ups: one id from click to e-mail, no secret in any log,
figures of all processes, and a worker that stops.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.app_fixtures import make_app
from tests.factories import PASSWORD, make_account, make_user
from tests.health.exposed import samples
from tests.servers.fixtures import BOTH_DATABASES
from tests.servers.postgresql import PostgreSQL
from tests.service.faults import eventually
from tests.service.nameplate import Nameplate, Visitor
from webapp.config.flask import celery_config
from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.sandbox.cli import sandbox

# Three processes start, and everything happens at their pace.
pytestmark = pytest.mark.timeout(600)

EMAIL, NAME = "owner@acme.test", "chat.acme.test"
SILENT_SECONDS = 15
SECRETS = {
    "SECRET_KEY": "known-key-of-a-test-0123456789",
    "METRICS_TOKEN": "known-metrics-token-0123456789",
    "EDGE_TOKEN": "known-edge-token-0123456789",
    "AWS_SECRET_ACCESS_KEY": "known-aws-secret-0123456789",
}
DATABASE_PASSWORD, WRONG_PASSWORD = "known-database-password", "known-wrong-password"
#: How often the doctor looks: on a busy machine a part that is well may answer later than it is waited for.
TRIES = 3


@pytest.fixture(params=BOTH_DATABASES)
def nameplate(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nameplate]:
    """SQLite alone, or PostgreSQL with Redis; with one customer, and the sandbox running."""
    where = {}
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "nameplate.sqlite")
        url = f"sqlite:///{tmp_path / 'nameplate.sqlite'}"
    else:
        server: PostgreSQL = request.getfixturevalue("postgresql_server")
        name = f"operations_{tmp_path.name[-8:].replace('-', '_')}"
        server.create_database(name, request.getfixturevalue("postgresql_template"))
        # The server trusts whoever comes through its socket, whatever password is given.
        url = server.url(name).replace("nameplate@", f"nameplate:{DATABASE_PASSWORD}@")
        where["REDIS_URL"] = request.getfixturevalue("redis_url")
    found = Nameplate(
        tmp_path,
        **SECRETS,
        **where,
        DATABASE_URL=url,
        MAIL_URL=f"file:{tmp_path / 'mail'}",
        MAIL_MERGE_MINUTES="0",
        WORKER_SILENT_SECONDS=str(SILENT_SECONDS),
    )
    make_customer(tmp_path, url)
    with found.sandbox():
        yield found


def make_customer(directory: Path, url: str) -> None:
    app = make_app(directory, database_url=url, secret_key=SECRETS["SECRET_KEY"])
    with app.app_context():
        make_user(account=make_account(), email=EMAIL)
        db.session.commit()
        db.engine.dispose()


def events(log: str, name: str) -> list[dict[str, Any]]:
    lines = (json.loads(line) for line in log.splitlines() if line.startswith("{"))
    return [line for line in lines if line["event"] == name]


def ask_for_a_new_password(nameplate: Nameplate) -> str:
    """The token of the link in the mail, which is opened, too."""
    stranger = Visitor(nameplate.url)
    stranger.send("/reset", email=EMAIL)

    def mailed() -> re.Match[str] | None:
        mails = "".join(path.read_text() for path in (nameplate.directory / "mail").glob("*"))
        return re.search(r"/reset/([\w.~-]+)", mails.replace("=\n", ""))

    token: str = eventually(mailed, "no mail with a link came")[1]
    assert stranger.status(f"/reset/{token}") == 200
    stranger.get(f"/reset/{token}x")
    stranger.get(f"/no-page/{token}")
    return token


def register(visitor: Visitor) -> str:
    """The path of the new domain's page, once it shows four name servers."""
    page = visitor.send("/domains/register", domain_name=NAME, llm_client="")
    path = str(page.headers["Location"])
    eventually(lambda: len(name_servers(visitor, path)) == 4, "the zone was never ready")
    return path


def name_servers(visitor: Visitor, path: str) -> set[str]:
    return set(re.findall(r"ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)", visitor.get(path).text))


def delegate(nameplate: Nameplate, servers: set[str]) -> None:
    store = str(nameplate.directory / "sandbox.sqlite")
    for server in servers:
        done = CliRunner().invoke(sandbox, ["records", "add", NAME, "NS", server, "--store", store])
        assert done.exit_code == 0, done.output


def test_one_id_from_click_to_mail_and_no_secret_in_any_log(nameplate: Nameplate) -> None:
    # Whether a worker is silent is another test's matter, and on a busy machine this one may be for a while.
    nameplate.environment["WORKER_SILENT_SECONDS"] = "600"
    with nameplate.web(), nameplate.worker():
        token = ask_for_a_new_password(nameplate)
        visitor = Visitor(nameplate.url)
        visitor.send("/login", email=EMAIL, password=WRONG_PASSWORD)
        assert visitor.send("/login", email=EMAIL, password=PASSWORD).status == 302
        path = register(visitor)
        delegate(nameplate, name_servers(visitor, path))
        clicked = visitor.send(path, to=f"{path}/checks").headers["X-Request-ID"]
        eventually(lambda: 'data-state="verified"' in visitor.get(path).text, "it was never verified")
        eventually(lambda: events(nameplate.log("worker"), "mail.email"), "no mail went out")
        assert_healthy(nameplate)
        assert_figures(nameplate)

    (request,) = (line for line in events(nameplate.log("web"), "request") if line["request_id"] == clicked)
    assert (request["method"], request["path"]) == ("POST", "/domains/<int:domain_id>/checks")
    checks = events(nameplate.log("worker"), "check.done")
    assert [line["verdict"] for line in checks if line["request_id"] == clicked] == ["VERIFIED"]
    emails = events(nameplate.log("worker"), "mail.email")
    assert [clicked] in [line["request_ids"] for line in emails]

    known = {
        *(*SECRETS.values(), PASSWORD, WRONG_PASSWORD, DATABASE_PASSWORD, token),
        *(cookie.value for cookie in visitor.cookies if cookie.value),
        *visitor.tokens,
    }
    assert len(known) >= 9
    for name in ("web", "worker", "sandbox"):
        log = nameplate.log(name)
        assert [secret for secret in known if secret in log] == [], name
        assert "Traceback" not in log, log


def assert_healthy(nameplate: Nameplate) -> None:
    for _ in range(TRIES):
        done = nameplate.flask("doctor", "--json")
        found = {part["part"]: part for part in json.loads(done.stdout)["parts"]}
        unwell = {name: part["sentence"] for name, part in found.items() if part["health"] != "ok"}
        if not unwell:
            break
    assert unwell == {}
    assert done.returncode == 0
    assert len(found) == 21
    assert [secret for secret in SECRETS.values() if secret in done.stdout + done.stderr] == []
    eventually(lambda: Visitor(nameplate.url).status("/readyz") == 200, "it was never ready")


def assert_figures(nameplate: Nameplate) -> None:
    """Those of the worker are told by any process of the web, and those of the database by all."""
    visitor = Visitor(nameplate.url)
    assert visitor.status("/metrics") == 401
    page = visitor.get("/metrics", Authorization=f"Bearer {SECRETS['METRICS_TOKEN']}")
    assert page.status == 200
    totals: dict[tuple[str, str], float] = {}
    for (name, labels), value in samples(page.text).items():
        kind = dict(labels)
        key = name, kind.get("verdict") or kind.get("operation") or kind.get("state") or ""
        totals[key] = totals.get(key, 0) + value
    assert totals["nameplate_checks_total", "VERIFIED"] >= 1
    assert totals["nameplate_aws_calls_total", "CreateHostedZone"] == 1
    assert totals["nameplate_check_duration_seconds_count", ""] >= 1
    assert totals["nameplate_database_up", ""] == 1


def test_readiness_turns_red_when_the_worker_stops(nameplate: Nameplate) -> None:
    visitor = Visitor(nameplate.url)
    with nameplate.web():
        assert visitor.status("/readyz") == 503
        with nameplate.worker() as worker:
            eventually(lambda: visitor.status("/readyz") == 200, "the worker was never seen")
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        parts = eventually(lambda: only_the_worker_is_missed(visitor), "nobody noticed, or more was missed")
        assert "No sign of life from the worker" in parts["worker"]["sentence"]
        assert visitor.status("/readyz") == 503
        assert visitor.status("/healthz") == 200
        done = nameplate.flask("doctor")
        assert done.returncode == 1
        assert "wrong    worker" in done.stdout


def only_the_worker_is_missed(visitor: Visitor) -> dict[str, Any] | None:
    """What `/readyz` says, if it says that."""
    parts: dict[str, Any] = json.loads(visitor.get("/readyz").text)
    unwell = [name for name, part in parts.items() if name != "ready" and not part["ok"]]
    return parts if unwell == ["worker"] else None


def test_red_comes_within_a_minute_of_the_worker_stopping(tmp_path: Path) -> None:
    """A sign of life is at most one sweep old, and by default a worker may then be silent for so long."""
    given = Settings.model_fields["worker_silent_seconds"].default
    settings = make_app(tmp_path).extensions["settings"]
    sweep = celery_config(settings)["beat_schedule"]["sweep"]["schedule"]
    assert given + sweep <= 60
