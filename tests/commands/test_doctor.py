"""`flask doctor`: a sentence and a next step for whatever is wrong, and never a secret."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from flask import Flask

from tests.app_fixtures import make_app, make_settings
from tests.commands.conftest import Run, document
from tests.factories import make_domain, make_zone
from tests.servers.fork_server import run
from tests.twins.dns import Fault, MemoryDns
from webapp.aws.route53.port import Quota
from webapp.aws.shared.errors import AccessTrouble, AwsError, RetryLater
from webapp.commands import doctor as command
from webapp.config import places, private_files
from webapp.config.settings import ConfigurationError, Settings, load_settings
from webapp.dns.resolver_facts import ResolverFacts
from webapp.extensions import cache, db
from webapp.health.doctor import external, internal
from webapp.health.doctor.diagnosis import Diagnosis, Health, Probe, ok, unknown, wrong
from webapp.health.status import Component, note_facts, note_ok
from webapp.models import Account, DomainState, utcnow

ROOT = Path(__file__).resolve().parents[2]
SECRET = "the-key-of-this-test-9f3c5"


Probes = Callable[..., None]


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> Probes:
    """What the doctor finds."""

    def find(**found: Diagnosis) -> None:
        looks: dict[str, Probe] = {part: lambda one=one: one for part, one in found.items()}  # type: ignore[misc]
        monkeypatch.setattr(command, "probes", lambda: looks)

    return find


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (ok("Fine."), 0),
        (wrong("It is broken.", "Mend it."), 1),
        (unknown("Nobody knows.", "Check again."), 4),
    ],
)
def test_exit_code_tells_well_from_wrong_from_unknown(
    run: Run, probes: Probes, found: Diagnosis, code: int
) -> None:
    probes(database=ok("SQLite answers."), mail=found)
    result = run("doctor")
    assert result.exit_code == code
    lines = result.stdout.splitlines()
    assert lines[0] == "ok       database  SQLite answers."
    assert lines[1] == f"{found.health.value:<8} mail      {found.sentence}"
    assert lines[2:] == ([f"{'':<17}  → {found.advice}"] if found.advice else [])
    result = run("doctor", "--json")
    assert result.exit_code == code
    assert document(result) == {
        "healthy": code == 0,
        "parts": [
            {"part": "database", "health": "ok", "sentence": "SQLite answers.", "advice": ""},
            {
                "part": "mail",
                "health": found.health.value,
                "sentence": found.sentence,
                "advice": found.advice,
            },
        ],
    }


def test_secret_that_somebody_repeats_is_not_printed(run: Run, probes: Probes, app: Flask) -> None:
    key = app.config["SECRET_KEY"]
    probes(database=wrong(f"refused: {key}", f"Not {key}."))
    for words in (["doctor"], ["doctor", "--json"]):
        result = run(*words)
        assert key not in result.output
        assert "[secret]" in result.output


def test_every_part_is_looked_at(app: Flask) -> None:
    assert list(command.probes()) == [
        *("settings", "database", "connections", "migrations", "cache", "broker", "worker"),
        *("resolver", "name servers"),
        *("route53", "unverified", "acm", "mail", "clock", "disk", "proxies", "edge", "live names"),
        *("platform keys", "files"),
    ]


def settings(tmp_path: Path, **values: object) -> Settings:
    """As a real installation would have them, without the sandbox."""
    real: dict[str, object] = {
        "platform_domain": "platform.acme.net",
        "public_url": "https://nameplate.acme.net",
        "mail_url": "smtps://mail.acme.net",
        "mail_from": "Nameplate <nameplate@acme.net>",
        "support_contact": "help@acme.net",
        "staff_second_factor": "auto",
    }
    return make_settings(tmp_path, **{**real, **values})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, None),
        (
            {"secret_key": "aaaaaaaaaaaaaaaaaaaaaaaa", "aws_endpoint_url": "http://127.0.0.1:5000"},
            "SECRET_KEY is easy to guess.",
        ),
        ({"secret_key_fallbacks": "hunter2"}, "A key in SECRET_KEY_FALLBACKS is easy to guess"),
        ({"secret_key_fallbacks": "aaaaaaaaaaaaaaaa"}, "A key in SECRET_KEY_FALLBACKS is easy to guess"),
        ({"secret_key_fallbacks": "a3f9c27d51e08b64"}, None),
        ({"staff_second_factor": "off"}, "Staff sign in with a password alone."),
        ({"worker_silent_seconds": 3}, "WORKER_SILENT_SECONDS is 3"),
        ({"dns_allow_networks": "10.0.0.0/8"}, "DNS_ADDRESS_MAP or DNS_ALLOW_NETWORKS is set"),
        ({"probe_address_map": "192.0.2.0/24=127.0.0.1:8443"}, "PROBE_ADDRESS_MAP is set"),
        ({"platform_domain": "platform.example"}, "PLATFORM_DOMAIN is still the example."),
        ({"public_url": ""}, "PUBLIC_URL is not set"),
        ({"support_contact": ""}, "SUPPORT_CONTACT is not set"),
        ({"mail_url": "console:"}, "nobody gets any mail"),
        ({"aws_endpoint_url": "http://127.0.0.1:8053"}, "AWS_ENDPOINT_URL leads to a sandbox"),
    ],
)
def test_settings_that_can_be_read_may_not_go_together(
    tmp_path: Path, values: dict[str, object], said: str | None
) -> None:
    found = internal.settings_health(settings(tmp_path, **values))
    assert found.health is (Health.WRONG if said else Health.OK)
    assert (said or "go together") in found.sentence
    assert bool(found.advice) is bool(said)


STOPPED = [
    ({"secret_key": "short"}, "SECRET_KEY"),
    ({"secret_key": "aaaaaaaaaaaaaaaaaaaaaaaa"}, "SECRET_KEY is easy to guess"),
    ({"database_url": "mysql://db/nameplate"}, "DATABASE_URL: it must start with sqlite: or postgresql:"),
    ({"database_url": "postgresql://db:port/nameplate"}, "DATABASE_URL: its port must be a number"),
    ({"redis_url": "redis://cache"}, "REDIS_URL is for several machines; it needs a PostgreSQL"),
    ({"redis_url": "http://cache"}, "REDIS_URL: it must start with redis:"),
    ({"mail_url": "pigeon://loft"}, "MAIL_URL: it must start with smtp: or smtps: or file: or console:"),
    ({"mail_url": "smtp://"}, "MAIL_URL: it names no host"),
    ({"aws_endpoint_url": "localhost:8053"}, "AWS_ENDPOINT_URL: it must start with http: or https:"),
    ({"public_url": "nameplate.acme.net"}, "PUBLIC_URL: it must start with http: or https:"),
    ({"dns_resolvers": "127.0.0.1"}, "DNS_RESOLVERS: “127.0.0.1” is not host:port"),
    (
        {"refused_networks": "10.64.0.0/16,10.64.0.1/16"},
        "REFUSED_NETWORKS: “10.64.0.1/16” is not a network, such as 192.0.2.0/24",
    ),
    ({"dns_address_map": "192.0.2.0/24"}, "DNS_ADDRESS_MAP: “192.0.2.0/24” is not network=host:port"),
    ({"dns_allow_networks": "everything"}, "DNS_ALLOW_NETWORKS: “everything” is not a network"),
    ({"check_total_seconds": "60"}, "CHECK_TOTAL_SECONDS: it must be 45 at most"),
    ({"live_check_hours_min": "30"}, "LIVE_CHECK_HOURS_MIN is more than LIVE_CHECK_HOURS_MAX"),
    ({"metrics_token": "short"}, "METRICS_TOKEN"),
    ({"edge_target": "nowhere"}, "EDGE_TARGET: “nowhere” is neither"),
]


@pytest.mark.parametrize(("values", "sentence"), STOPPED)
def test_setting_that_cannot_be_used_is_named(values: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_settings(**{"secret_key": SECRET, **values})
    assert sentence in str(raised.value)
    assert str(raised.value).endswith(".")


def test_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"CACHE_DIRECTORY: .* cannot be used"):
        make_app(tmp_path, cache_directory=tmp_path / "file" / "cache")


def call_doctor(directory: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "NAMEPLATE_INSTANCE": str(directory), **environment}
    return run(["flask", "--app", "wsgi", *words], cwd=ROOT, env=env, timeout=60)


def test_doctor_comes_where_the_application_does_not(tmp_path: Path) -> None:
    broken = {"SECRET_KEY": SECRET, "DNS_RESOLVERS": "127.0.0.1", "PORT": "http"}
    done = call_doctor(tmp_path, "doctor", "--json", **broken)
    assert done.returncode == 1, done.stderr
    (part,) = json.loads(done.stdout)["parts"]
    assert (part["part"], part["health"]) == ("settings", "wrong")
    assert "DNS_RESOLVERS: “127.0.0.1” is not host:port" in part["sentence"]
    assert "PORT" in part["sentence"]
    assert SECRET not in done.stdout + done.stderr
    done = call_doctor(tmp_path, "doctor", **broken)
    assert done.returncode == 1
    assert done.stdout.startswith("wrong    settings  DNS_RESOLVERS")
    other = call_doctor(tmp_path, "domains", "list", **broken)
    assert other.returncode == 1
    assert other.stderr.startswith("Nameplate cannot start.")


def test_database_that_is_away_is_said_once_and_blamed_for_the_rest(tmp_path: Path) -> None:
    app = make_app(tmp_path, database_url=f"sqlite:///{tmp_path / 'no' / 'such' / 'directory.sqlite'}")
    with app.app_context():
        chosen = app.extensions["settings"]
        found = internal.database_health(db.engine)
        assert found.health is Health.WRONG
        assert "unable to open database file" in found.sentence
        assert internal.migrations_health(db.engine).health is Health.UNKNOWN
        assert internal.worker_health(db.engine, chosen, utcnow()).health is Health.UNKNOWN


def test_migrations_tell_where_the_database_is(app: Flask) -> None:
    db.drop_all()
    empty = internal.migrations_health(db.engine)
    assert "has no tables" in empty.sentence
    assert empty.advice == "Run “flask db upgrade”."
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('0001')")
    assert "is at migration 0001" in internal.migrations_health(db.engine).sentence
    head = ScriptDirectory(str(places.MIGRATIONS)).get_current_head()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = ?", (head,))
    assert internal.migrations_health(db.engine).health is Health.OK
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer = internal.migrations_health(db.engine)
    assert newer.sentence.startswith("The database is at migration 9999, and this version knows none after")
    assert newer.advice.startswith("This code is too old for these data")


def test_cache_has_to_keep_what_is_written(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = app.extensions["settings"]
    assert internal.cache_health(chosen, cache.cache).health is Health.OK
    monkeypatch.setattr(type(cache.cache), "set", lambda *_args, **_options: False)
    cache.cache.clear()
    found = internal.cache_health(chosen, cache.cache)
    assert found.health is Health.WRONG
    assert str(chosen.cache_directory) in found.sentence


def test_broker_has_to_take_messages(app: Flask, tmp_path: Path) -> None:
    chosen = app.extensions["settings"]
    assert internal.broker_health(chosen, app.extensions["celery"]).health is Health.OK
    chosen.broker_path.write_bytes(b"nonsense " * 1000)
    assert internal.broker_health(chosen, app.extensions["celery"]).health is Health.OK
    (tmp_path / "file").touch()
    other = make_app(tmp_path, broker_path=tmp_path / "file" / "broker.sqlite")
    found = internal.broker_health(other.extensions["settings"], other.extensions["celery"])
    assert found.health is Health.WRONG
    assert "broker.sqlite cannot be used as the queue" in found.sentence
    assert f"Let us write into {tmp_path / 'file'}" in found.advice
    assert "Redis" not in found.advice


@pytest.mark.parametrize(
    ("seconds_ago", "health", "words"),
    [
        (None, Health.WRONG, "No worker has ever run"),
        (20, Health.OK, "A worker lives"),
        (50, Health.WRONG, "The last sign of life of a worker was"),
    ],
)
def test_worker_has_to_be_there(app: Flask, seconds_ago: float | None, health: Health, words: str) -> None:
    if seconds_ago is not None:
        note_ok(Component.WORKER, utcnow() - timedelta(seconds=seconds_ago))
        db.session.commit()
    found = internal.worker_health(db.engine, app.extensions["settings"], utcnow())
    assert found.health is health
    assert words in found.sentence


@pytest.mark.parametrize(
    ("facts", "health", "words"),
    [
        (
            ResolverFacts("NOERROR", "NOERROR", recursion=True, validating=True),
            Health.OK,
            "and validates DNSSEC.",
        ),
        (ResolverFacts("NOERROR", "NOERROR", True, False), Health.WRONG, "does not validate DNSSEC."),
        (ResolverFacts(None, None, False, False), Health.WRONG, "127.0.0.1:53 does not answer."),
        (ResolverFacts("NOERROR", None, True, True), Health.WRONG, "does not answer over TCP."),
        (ResolverFacts(None, "NOERROR", True, True), Health.WRONG, "does not answer over UDP."),
        (ResolverFacts("REFUSED", "REFUSED", False, False), Health.WRONG, "answers REFUSED over UDP."),
        (ResolverFacts("NOERROR", "NOERROR", False, False), Health.WRONG, "it is not a recursive resolver."),
    ],
)
def test_resolver_has_to_resolve_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: ResolverFacts, health: Health, words: str
) -> None:
    async def look(_host: str, _port: int) -> ResolverFacts:
        return facts

    monkeypatch.setattr(external, "resolver_facts", look)
    found = external.resolvers_health(make_settings(tmp_path, dns_resolvers=TWO_RESOLVERS))
    assert found.health is health
    assert words in found.sentence
    assert bool(found.advice) is (health is Health.WRONG)


TWO_RESOLVERS = "127.0.0.1:53,127.0.0.2:53"
SANDBOX = {"aws_endpoint_url": "http://127.0.0.1:1", "dns_address_map": "198.51.0.0/16=127.0.0.1:2"}


@pytest.mark.parametrize(
    ("chosen", "validating", "advice"),
    [
        ({"dns_resolvers": "127.0.0.1:53"}, True, "Name a second resolver"),
        ({"dns_resolvers": "127.0.0.1:53,127.0.0.1:53"}, True, "Name a second resolver"),
        ({"dns_resolvers": "127.0.0.1:53"}, False, "Let it validate DNSSEC"),
        ({"dns_resolvers": TWO_RESOLVERS}, False, "Let it validate DNSSEC"),
        ({"dns_resolvers": TWO_RESOLVERS}, True, ""),
        ({"dns_resolvers": "127.0.0.1:53", **SANDBOX}, False, ""),
    ],
)
def test_a_resolver_that_could_be_deceived_unnoticed_is_wrong_outside_the_sandbox(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    chosen: dict[str, object],
    validating: bool,
    advice: str,
) -> None:
    async def look(_host: str, _port: int) -> ResolverFacts:
        return ResolverFacts("NOERROR", "NOERROR", recursion=True, validating=validating)

    monkeypatch.setattr(external, "resolver_facts", look)
    found = external.resolvers_health(make_settings(tmp_path, **chosen))
    assert advice in found.advice
    assert (found.health is Health.OK) is (not advice)


@pytest.mark.parametrize(
    ("fault", "health", "words"),
    [
        (None, Health.OK, "a.root-servers.net (198.51.0.1) answers over UDP and TCP."),
        (Fault.NO_TCP, Health.WRONG, "UDP answered, TCP TIMEOUT."),
    ],
)
def test_name_servers_of_others_have_to_be_reached_over_both(
    tmp_path: Path, fault: Fault | None, health: Health, words: str
) -> None:
    dns = MemoryDns()
    dns.server("a.root-servers.net").fault = fault
    found = external.authoritative_health(dns, make_settings(tmp_path, reserved_suffixes_allowed=[]))
    assert found.health is health
    assert words in found.sentence


def test_without_a_resolver_nobody_knows_whom_to_ask(tmp_path: Path) -> None:
    dns = MemoryDns()
    dns.recursive[0].fault = Fault.SILENT
    found = external.authoritative_health(dns, make_settings(tmp_path))
    assert found.health is Health.UNKNOWN


class Aws:
    """Route 53 and ACM with one answer."""

    def __init__(self, answer: Quota | AwsError) -> None:
        self._answer = answer

    def zone_quota(self) -> Quota:
        if isinstance(self._answer, AwsError):
            raise self._answer
        return self._answer

    def find(self, _host: str, _token: str) -> None:
        self.zone_quota()


@pytest.mark.parametrize(
    ("answer", "health", "words"),
    [
        (Quota(500, 399), Health.OK, "399 of 500 hosted zones are in use."),
        (Quota(500, 400), Health.WRONG, "400 of 500 hosted zones are in use."),
        (
            AccessTrouble("SignatureDoesNotMatch: no.", code="x"),
            Health.WRONG,
            "Route 53 refuses us: Signature",
        ),
        (
            RetryLater("No connection.", code="ConnectionError"),
            Health.WRONG,
            "could not be asked: No connection.",
        ),
        (RetryLater("Slower.", code="Throttling"), Health.UNKNOWN, "had enough of our calls"),
    ],
)
def test_aws_has_to_let_us_in_and_have_room(
    tmp_path: Path, answer: Quota | AwsError, health: Health, words: str
) -> None:
    aws: Any = Aws(answer)
    found = external.route53_health(make_settings(tmp_path), lambda: aws)
    assert found.health is health
    assert words in found.sentence
    if isinstance(answer, AwsError):
        assert external.acm_health(lambda: aws).health is health


def test_aws_client_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    def build() -> Any:
        raise ValueError("The config profile (production) could not be found")

    assert "The config profile" in external.route53_health(make_settings(tmp_path), build).sentence


@pytest.mark.parametrize("url", ["console:", "file:/tmp"])
def test_mail_that_is_not_sent_is_well(tmp_path: Path, url: str) -> None:
    assert external.mail_health(make_settings(tmp_path, mail_url=url)).health is Health.OK


def test_mail_directory_has_to_take_files(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = external.mail_health(make_settings(tmp_path, mail_url=f"file:{tmp_path / 'file' / 'mail'}"))
    assert found.health is Health.WRONG


@pytest.mark.parametrize(
    ("seconds", "health", "words"),
    [(2, Health.OK, "agrees"), (-90, Health.WRONG, "90 s behind"), (400, Health.WRONG, "400 s ahead of")],
)
def test_clock_has_to_be_right(
    app: Flask, monkeypatch: pytest.MonkeyPatch, seconds: int, health: Health, words: str
) -> None:
    now = utcnow()
    monkeypatch.setattr(external, "time_at_aws", lambda _url: now)
    chosen = app.extensions["settings"]
    found = external.clock_health(chosen, db.engine, lambda: now + timedelta(seconds=seconds))
    assert found.health is health
    assert words in found.sentence


def test_without_another_clock_ours_is_unknown(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "time_at_aws", lambda _url: None)
    assert external.clock_health(app.extensions["settings"], db.engine, utcnow).health is Health.UNKNOWN


def test_full_disk_is_said(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = app.extensions["settings"]
    assert internal.disk_health(db.engine, chosen).health is Health.OK
    usage = type("Usage", (), {"free": 100 * 2**20})
    monkeypatch.setattr("webapp.health.doctor.internal.shutil.disk_usage", lambda _place: usage)
    found = internal.disk_health(db.engine, chosen)
    assert found.health is Health.WRONG
    assert "Only 100 MiB are free" in found.sentence


def test_others_must_not_read_what_holds_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bits = private_files._bits
    monkeypatch.setattr(
        private_files, "_bits", lambda place: 0o55 if place in tmp_path.parents else bits(place)
    )
    path = tmp_path / "name plate.sqlite"
    app = make_app(tmp_path, database_url=f"sqlite:///{path}")
    with app.app_context():
        db.create_all()
        kept = [path, Path(f"{path}-shm"), Path(f"{path}-wal"), tmp_path / "cache"]
        for one in kept:
            one.chmod(0o755)
        tmp_path.chmod(0o755)
        chosen = app.extensions["settings"]
        found = internal.files_health(db.engine, chosen)
        assert found.health is Health.WRONG
        assert found.advice == f"Run “chmod -R go= {shlex.join(map(str, sorted(kept)))}”."
        assert f"'{path}'" in found.advice, "as a shell takes it"
        monkeypatch.setattr(internal, "is_handed_to_our_group", lambda place: place == path)
        found = internal.files_health(db.engine, chosen)
        assert found.advice.endswith(f" and “chmod -R o= '{path}'”."), "a service keeps its settings"
        tmp_path.chmod(0o700)
        assert internal.files_health(db.engine, chosen).health is Health.OK
        tmp_path.chmod(0o755)
        for one in kept:
            one.chmod(0o700)
        assert internal.files_health(db.engine, chosen).health is Health.OK
        db.engine.dispose()


@pytest.mark.parametrize(
    ("pending", "health", "words"),
    [
        (7, Health.OK, "7 of the 10 zones that unverified domains may hold are taken."),
        (8, Health.WRONG, "are taken, so no account without a verified domain can register another one."),
        (
            10,
            Health.WRONG,
            "10 of the 10 zones that unverified domains may hold are taken, so nobody can register",
        ),
    ],
)
def test_unverified_domains_that_reach_their_share_of_the_zones_are_said(
    app: Flask, account: Account, pending: int, health: Health, words: str
) -> None:
    note_facts(Component.ZONE_QUOTA, {"limit": 20, "used": 12}, utcnow())
    for number in range(pending):
        make_zone(make_domain(account, f"chat{number}.acme.test"))
    make_zone(make_domain(account, "live.acme.test", DomainState.VERIFIED))
    db.session.commit()
    found = command.probes()["unverified"]()
    assert found.health is health
    assert words in found.sentence
    assert bool(found.advice) == (health is Health.WRONG)


def test_before_aws_told_its_quota_no_share_of_it_is_said(app: Flask) -> None:
    found = command.probes()["unverified"]()
    assert found.health is Health.OK
    assert found.sentence.startswith("AWS has not told its quota of zones yet")


def test_without_a_database_nobody_counts_unverified_domains(tmp_path: Path) -> None:
    app = make_app(tmp_path, database_url=f"sqlite:///{tmp_path / 'nowhere' / 'x.sqlite'}")
    with app.app_context():
        assert command.probes()["unverified"]().health is Health.UNKNOWN
