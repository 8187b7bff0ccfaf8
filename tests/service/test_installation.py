"""docs/operations.md, followed command by command: from nothing to a verified name, with PostgreSQL and Redis, on two
machines' worth of processes; then backup and restore. And the wheel that it builds.
"""

from __future__ import annotations

import re
import signal
import subprocess
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.servers.machine import ROOT, Machine, blocks, machine
from tests.servers.postgresql import PostgreSQL
from tests.servers.programs import free_port
from tests.service import running_sandbox
from tests.service.nameplate import Visitor
from webapp.documentation.served import DOCUMENTS, EXAMPLES
from webapp.sandbox.cli import sandbox

pytestmark = pytest.mark.timeout(900)

DOCUMENT, NAME = "operations.md", "chat.acme.test"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
PATIENCE_SECONDS = 240


@dataclass(frozen=True)
class Site:
    """A machine with the ports of its web node and edge service, and the sandbox that plays the DNS provider."""

    machine: Machine
    port: int
    edge: int
    store: Path


def one_of_each(web: int, edge: int) -> dict[str, str]:
    """Web node and edge service at these ports, and no second ones."""
    return {
        "web@8000": f"web@{web}",
        " nameplate-web@8001": "",
        "127.0.0.1:8000": f"127.0.0.1:{web}",
        "edge@8002": f"edge@{edge}",
        " nameplate-edge@8003": "",
        "127.0.0.1:8002": f"127.0.0.1:{edge}",
    }


def eventually(look: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


@pytest.fixture(scope="module")
def first(
    postgresql_server: PostgreSQL, redis_server_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The first machine, on which the program is installed."""
    place = tmp_path_factory.mktemp("first")
    with ExitStack() as stack:
        store = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite"
        world = stack.enter_context(running_sandbox.sandbox(store, "--in-sync-seconds", "0.2"))
        port, edge = free_port(), free_port()
        changes = {
            "ROLE nameplate LOGIN": "ROLE installed LOGIN",
            "--owner=nameplate nameplate": "--owner=installed installed",
            "psql --command": "psql --dbname=postgres --command",
            "psql -At --command 'SHOW hba_file'": f"echo {place}/pg_hba.conf",
            "postgresql://nameplate:a-long-password@10.0.0.5/nameplate": (
                f"postgresql://installed@/installed?host={postgresql_server.directory}&port=5432"
            ),
            "redis://:another-long-password@10.0.0.5:6379/0": redis_server_url,
            "https://nameplate.example": f"http://127.0.0.1:{port}",
            "TRUSTED_PROXIES=1": "TRUSTED_PROXIES=0",
            "smtp://mail.example:25": f"file:{place}/mail",
            "DNS_RESOLVERS=127.0.0.1:53,10.0.0.12:53\n": "".join(
                f"{name}={value}\n"
                for name, value in world["environment"].items()
                if name != "PLATFORM_DOMAIN"
            ),
            "chat.acme.example": NAME,
            **one_of_each(port, edge),
        }
        found = stack.enter_context(machine(place, changes))
        superuser = {"PGHOST": str(postgresql_server.directory), "PGPORT": "5432", "PGUSER": "nameplate"}
        for block in blocks(DOCUMENT, "### 1. The data"):
            found.run(block, **superuser)
        found.put_release()
        for block in blocks(DOCUMENT, "### 2. The program"):
            found.run(block)
        yield Site(found, port, edge, store)
        found.stop()
        postgresql_server.drop_database("installed")


def test_wheel_has_all_that_runs_and_takes_one_name_of_the_environment(first: Site) -> None:
    [wheel] = (first.machine.place / "usr/local/src/nameplate/dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"webapp", "nameplate"}
    inside = {name for name in names if name.startswith("webapp/")}
    beside = {name for folder in ("templates", "static", "migrations") for name in files_of(folder)}
    beside |= {f"docs/{one.name}" for one in (*DOCUMENTS, *EXAMPLES)}
    assert inside == files_of("webapp") | {f"webapp/{name}" for name in beside}


def files_of(folder: str) -> set[str]:
    paths = (path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if "__pycache__" not in path.parts}


def test_wheel_alone_runs_from_any_directory_and_keeps_its_data_in_its_environment(first: Site) -> None:
    venv = first.machine.place / "srv/nameplate" / f"venv-{VERSION}"

    def run(*words: str) -> str:
        environment = {"PATH": "/usr/bin:/bin", "SECRET_KEY": "0f7c9a31b2d84e6fa5c0d9e8b7a61234"}
        done = subprocess.run(
            [venv / "bin" / words[0], *words[1:]],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("nameplate", "--version") == f"nameplate, version {VERSION}\n"
    run("nameplate", "db", "upgrade")
    assert (venv / "var/nameplate-instance/nameplate.sqlite").is_file()


def test_document_leads_from_nothing_to_a_verified_name_and_back_from_a_backup(
    first: Site, tmp_path: Path
) -> None:
    machine, settings = first.machine, first.machine.place / "srv/nameplate/.env"
    for block in blocks(DOCUMENT, "### 3. The settings"):
        machine.run(block)
    assert settings.stat().st_mode & 0o777 == 0o600
    token = dict(line.split("=", 1) for line in settings.read_text().splitlines())["EDGE_TOKEN"]
    upgrade, nodes, schedule, doctor = blocks(DOCUMENT, "### 4. The first start")
    for block in (upgrade, nodes, schedule):
        machine.run(block)
    web = Visitor(f"http://127.0.0.1:{first.port}")
    with second_machine(machine, tmp_path / "second") as second:
        second.machine.run(nodes)
        services = [Visitor(f"http://127.0.0.1:{site.edge}") for site in (first, second)]
        everywhere = [web, Visitor(f"http://127.0.0.1:{second.port}"), *services]
        eventually(lambda: all(is_ready(one, token) for one in everywhere), "not all of them became ready")
        assert page_and_files(web) >= {"text/css", "text/javascript", "image/svg+xml"}
        machine.run(doctor)
        verify_first_name(first)
        assert [one.status(f"/edge/ask?domain={NAME}") for one in everywhere] == [200] * 4

    right = settings.read_text()
    settings.write_text(f"{right.replace(token, 'wrong')}\nPORT=http\n")
    machine.signal(f"nameplate-web@{first.port}", signal.SIGHUP)
    eventually(lambda: "settings.wrong" in machine.log(), "nothing was said of the wrong setting")
    eventually(lambda: is_ready(web, token), "it did not go on with the settings that were right")
    settings.write_text(right.replace(token, "another-token-0123456789"))
    machine.signal(f"nameplate-web@{first.port}", signal.SIGHUP)
    eventually(lambda: is_ready(web, "another-token-0123456789"), "the reload did not read the settings")

    backup, restore = blocks(DOCUMENT, "## Backup")
    machine.run(backup)
    [dump] = machine.place.glob("srv/nameplate/*.dump")
    assert dump.stat().st_mode & 0o777 == 0o600
    sql(machine, "TRUNCATE llm_client_custom_domain CASCADE")
    assert web.status(f"/edge/ask?domain={NAME}") == 404
    eventually(lambda: services[0].status(f"/edge/ask?domain={NAME}") == 404, "the service served it on")
    # What is asked for needs no worker.
    machine.run(restore.replace(" nameplate-worker@1 nameplate-beat\n", "\n"))
    for one in (web, services[0]):
        eventually(partial(is_running, one), "it did not start after the restore")
        assert one.status(f"/edge/ask?domain={NAME}") == 200


def verify_first_name(first: Site) -> None:
    run = first.machine.run
    people, probes = blocks(DOCUMENT, "### 5. People, proxy, edge")
    number = re.search(r"^Account +(\S+)$", run(people), re.MULTILINE)
    assert number
    run(probes)
    register, show, check = blocks(DOCUMENT, "### 6. The first name")
    run(register.replace("1234-5678-9012", number[1]))
    zones = "SELECT count(*) FROM hosted_zone WHERE state = 'ready'"
    eventually(lambda: sql(first.machine, zones) == "1\n", "the zone was never ready")
    servers = name_servers(run(show))
    assert len(servers) == 4
    for server in servers:
        words = ["records", "add", NAME, "NS", server, "--store", str(first.store)]
        done = CliRunner().invoke(sandbox, words)
        assert done.exit_code == 0, done.output
    assert f"{NAME} is verified." in run(check)


def sql(machine: Machine, statement: str) -> str:
    """What PostgreSQL says to it, to whoever has the settings."""
    settings = (machine.place / "srv/nameplate/.env").read_text()
    [url] = re.findall(r"^DATABASE_URL=(.*)$", settings, re.MULTILINE)
    return machine.run('psql -At --quiet --command "$STATEMENT" "$URL"', STATEMENT=statement, URL=url)


@contextmanager
def second_machine(first: Machine, place: Path) -> Iterator[Site]:
    """With the first one's program and settings, and ports, processes and a folder of its own."""
    port, edge = free_port(), free_port()
    with machine(place, one_of_each(port, edge)) as found:
        copied = [*first.place.glob("etc/systemd/system/*"), first.place / "srv/nameplate/.env"]
        for path in copied:
            own = place / path.relative_to(first.place)
            own.write_text(path.read_text().replace(str(first.place), str(place)))
        (place / "srv/nameplate/instance").mkdir()
        (place / "srv/nameplate/venv").symlink_to((first.place / "srv/nameplate/venv").resolve())
        yield Site(found, port, edge, place)


def is_running(visitor: Visitor) -> bool:
    try:
        return visitor.status("/healthz") == 200
    except OSError:
        return False


def is_ready(visitor: Visitor, token: str) -> bool:
    try:
        return visitor.get("/readyz", Authorization=f"Bearer {token}").status == 200
    except OSError:
        return False


def page_and_files(visitor: Visitor) -> set[str]:
    """The types of all that the page for signing in asks for."""
    page = visitor.get("/login")
    found = {path: visitor.get(path) for path in re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text)}
    assert {path: answer.status for path, answer in found.items() if answer.status != 200} == {}
    return {answer.headers.get_content_type() for answer in found.values()}


def name_servers(text: str) -> set[str]:
    return set(re.findall(r"ns-\d+\.awsdns-\d+\.(?:com|net|org|co\.uk)", text))
