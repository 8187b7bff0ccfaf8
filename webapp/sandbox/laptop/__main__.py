"""`make run`: all of Nameplate on one machine, with the sandbox in the place of AWS and the DNS.

    python -m webapp.sandbox.laptop

Sets up what is missing, starts the sandbox, the web, the edge service and the worker, and stops them together.
"""

from __future__ import annotations

import http.client
import logging
import os
import secrets
import shlex
import signal
import sys
import threading
import time
from pathlib import Path
from urllib.parse import quote

import click
from alembic import command
from alembic.util.exc import CommandError
from sqlalchemy.exc import OperationalError

from webapp import create_app
from webapp.config.places import INSTANCE, MIGRATIONS
from webapp.config.private_files import keep_private
from webapp.config.settings import ConfigurationError
from webapp.extensions import migrate
from webapp.sandbox.laptop import kept
from webapp.sandbox.laptop.crew import Crew
from webapp.sandbox.laptop.first_data import SignIns, make_first_data, new_sign_ins
from webapp.sandbox.laptop.first_keys import with_keys
from webapp.sandbox.laptop.ports import PortError, Ports, choose_ports
from webapp.sandbox.laptop.sign_ins import told
from webapp.sandbox.shared.environment import AUTHORITY_FILE, LOOPBACK, environment
from webapp.sandbox.shared.store import StoreError
from webapp.sandbox.tls_edge.authority import kept_authority
from webapp.sandbox.visits.visit import Edge

START_SECONDS = 60
_POLL_SECONDS = 0.1


class CannotRunError(Exception):
    """Nothing can be started, or it did not stay up. The message is for the person at the terminal."""


def main() -> int:
    keep_private()
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())
    try:
        run(stopping)
    except (CannotRunError, PortError, ConfigurationError, StoreError) as err:
        click.echo(err, err=True)
        return 1
    return 0


def run(stopping: threading.Event) -> None:
    """Returns once `stopping` is set and everything has ended. Raises the four that `main` turns into a sentence."""
    INSTANCE.mkdir(parents=True, exist_ok=True)
    held = kept.lock(INSTANCE)
    if held is None:
        raise CannotRunError(
            f"Nameplate is already running from {INSTANCE}. Stop it first, or give the second one a port and a"
            " directory of its own: PORT=8001 NAMEPLATE_INSTANCE=instance-2 make run"
        )
    with held:
        chosen = {**kept.read_env_file(Path(".env")), **os.environ}
        remembered = kept.read_env_file(INSTANCE / kept.SETTINGS_FILE)
        numbers = choose_ports(chosen, remembered)
        os.environ.update(write_environment(chosen, remembered, numbers))
        os.environ.pop("AWS_PROFILE", None)
        first_run = kept.read_sign_ins(INSTANCE) is None
        sign_ins = prepare_data()
        # Nameplate is told of its file, and may look for it before the sandbox serves.
        kept_authority(INSTANCE)
        if not stopping.is_set():
            supervise(stopping, numbers, sign_ins, first_run)


def write_environment(chosen: dict[str, str], remembered: dict[str, str], numbers: Ports) -> dict[str, str]:
    """Keep the settings of this run in a file, and return them as the children's environment has them.

    What a person chose comes first, except where it would lead out of the sandbox: nothing that is started
    here may reach a real AWS account.
    """
    sandbox = environment(numbers.sandbox, numbers.first_dns, numbers.tls, numbers.edge_bind, INSTANCE)
    sandbox["METHODS"] = chosen.get("METHODS") or sandbox["METHODS"]
    defaults = {
        "SECRET_KEY": remembered.get("SECRET_KEY") or secrets.token_urlsafe(32),
        "PUBLIC_URL": numbers.url,
        "MAIL_URL": f"file:{quote(str(INSTANCE / 'mail'))}",
        "SUPPORT_CONTACT": "help@platform.example",
        # A line for each request would push the sign-ins off the screen.
        "LOG_LEVEL": "warning",
        # The children write into a pipe, so the format depends on where this process writes.
        "LOG_FORMAT": "text" if sys.stdout.isatty() else "json",
    }
    places = {
        "SANDBOX_PORT": str(numbers.sandbox),
        "SANDBOX_DNS_PORT": str(numbers.first_dns),
        "SANDBOX_EDGE_PORT": str(numbers.tls),
    }
    kept.write_settings(INSTANCE, {**defaults, **places, **sandbox})
    return {
        **defaults,
        **chosen,
        **places,
        **sandbox,
        "PORT": str(numbers.web),
        "NAMEPLATE_INSTANCE": str(INSTANCE),
    }


def prepare_data() -> SignIns:
    """Bring the database up to date and, at the first run, put the first data into it."""
    sign_ins = kept.read_sign_ins(INSTANCE)
    with create_app().app_context():
        _migrate()
        if sign_ins is None:
            sign_ins = new_sign_ins()
            make_first_data(sign_ins)
        return with_keys(sign_ins)


def _migrate() -> None:
    logging.disable(logging.INFO)  # the names of the migrations are of no use to a newcomer
    try:
        # Alembic itself, because Flask-Migrate's wrapper ends the program instead of raising. The stubs do not
        # know that Flask-Migrate's configuration is one of Alembic's.
        config = migrate.get_config(str(MIGRATIONS))
        command.upgrade(config, "head")  # type: ignore[arg-type]
    except CommandError as err:
        raise CannotRunError(
            f"The data in {INSTANCE} were written by another version of Nameplate ({err})."
            " Use that version, or move the directory away to start anew."
        ) from err
    except OperationalError as err:
        raise CannotRunError(f"The database of DATABASE_URL cannot be used: {err.orig}") from err
    finally:
        logging.disable(logging.NOTSET)


def supervise(stopping: threading.Event, numbers: Ports, sign_ins: SignIns, first_run: bool) -> None:
    crew = Crew(Path.cwd(), os.environ)
    try:
        crew.start("sandbox", [sys.executable, "-m", "flask", "--app", "webapp.wsgi", "sandbox", "run"])
        crew.start("web", _web_command(numbers.web))
        crew.start("edge", [sys.executable, "-m", "webapp.edge", "--bind", numbers.edge_bind])
        crew.start("worker", _worker_command())
        if wait_until_ready(crew, stopping, numbers):
            kept.write_run(INSTANCE, numbers.url, numbers.sandbox_url, numbers.edge_url, sign_ins)
            click.echo(greeting(numbers, sign_ins, first_run))
            while not stopping.wait(_POLL_SECONDS):
                _must_be_complete(crew)
    finally:
        click.echo("Stopping ...")
        crew.stop()
    click.echo("Everything has stopped; your data are kept.")


def _web_command(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "--config", "python:webapp.gunicorn_config", "webapp.wsgi:app"),
        *("--bind", f"{LOOPBACK}:{port}", "--log-level", "warning", "--no-control-socket"),
    ]


def _worker_command() -> list[str]:
    # In a container everybody is root, and Celery's warning about it would be the first thing one reads.
    quiet = ("-W", "ignore::UserWarning:celery.platforms")
    return [
        *(sys.executable, *quiet, "-m", "celery", "--quiet", "--app", "webapp.worker", "worker"),
        *("--pool", "threads", "--concurrency", "4", "--beat", "--loglevel", "WARNING"),
    ]


def wait_until_ready(crew: Crew, stopping: threading.Event, numbers: Ports) -> bool:
    """True once web, edge service and sandbox answer; False when we are asked to stop before.

    Raises `CannotRunError`.
    """
    deadline = time.monotonic() + START_SECONDS
    waiting = {
        "web": (numbers.web, "/healthz"),
        "edge": (numbers.edge, "/healthz"),
        "sandbox": (numbers.sandbox, "/"),
    }
    while waiting:
        if stopping.wait(_POLL_SECONDS):
            return False
        _must_be_complete(crew)
        waiting = {name: where for name, where in waiting.items() if not _answers(*where)}
        if waiting and time.monotonic() > deadline:
            raise CannotRunError(
                f"No answer from the {' and the '.join(waiting)} after {START_SECONDS} seconds; see above."
            )
    return True


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _must_be_complete(crew: Crew) -> None:
    if ended := crew.ended():
        name, code = ended
        how = f"was killed by signal {-code}" if code < 0 else f"ended by itself with exit code {code}"
        raise CannotRunError(f"The {name} {how}, so the rest was stopped, too. Its last lines above say why.")


def greeting(numbers: Ports, sign_ins: SignIns, first_run: bool) -> str:
    """The passwords stand in it at the first run alone, so that no log of a later one has them."""
    where = INSTANCE / kept.RUN_FILE
    visit = Edge(numbers.tls, INSTANCE / AUTHORITY_FILE)
    people = "“make sign-ins” in a second terminal shows who can sign in."
    if first_run:
        people = f"{told(sign_ins, numbers.url)}\n“make sign-ins” in a second terminal shows this again."
    return f"""
Nameplate is running at {numbers.url}

What to do next
  1. Sign in as the customer and register a name, such as chat.acme.test.
  2. Copy the records that its page shows, and enter them at Sandbox Registrar, which plays the DNS provider:
     {numbers.sandbox_url}/?zone=acme.test
     These are four NS records of chat.acme.test, or TXT and CNAME records, as you chose.
  3. Press Verify.
  4. Visit the name through the sandbox's edge, which serves it over TLS with a demo LLM client:
     {numbers.sandbox_url}/visit?name=chat.acme.test
     {visit.curl("chat.acme.test")}

E-mails are not sent but shown at {numbers.sandbox_url}/mail
The API, as docs/api.md tells; the customer's domains:
     {_curl(numbers, where)}

Ctrl-C stops everything; your data stay in {INSTANCE}. LOG_LEVEL=info shows each request and each step.

{people}
"""


def _curl(numbers: Ports, run_file: Path) -> str:
    """A command that asks the API with the customer's key, and does not show it."""
    key = f"$(jq -r .customer.api_key {shlex.quote(str(run_file))})"
    return f'curl --header "Authorization: Bearer {key}" {numbers.url}/api/v1/domains'


if __name__ == "__main__":
    sys.exit(main())
