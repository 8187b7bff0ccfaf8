"""What deploy/ ships speaks of what there is: metrics, commands, settings and files."""

from __future__ import annotations

import configparser
import json
import re
from pathlib import Path

from flask.testing import FlaskClient
from prometheus_client import REGISTRY

from tests.factories import make_account, make_domain
from tests.health.exposed import samples
from tests.servers.proxies import snippet
from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.health.status import Component, note_ok
from webapp.models import utcnow

ROOT = Path(__file__).resolve().parents[1]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
_SUFFIXES = r"(?:_bucket|_count|_sum|_total)$"


def known_metrics(client: FlaskClient) -> set[str]:
    """Of an installation with something in it, and of the processes' own figures before they have counted any."""
    make_domain(make_account(), "chat.acme.test")
    for component in Component:
        note_ok(component, utcnow())
    db.session.commit()
    read = {name for name, _ in samples(client.get("/metrics").text)}
    return {re.sub(_SUFFIXES, "", name) for name in read | set(REGISTRY._names_to_collectors)}


def named_metrics(path: Path) -> set[str]:
    return {
        re.sub(_SUFFIXES, "", name)
        for name in re.findall(r"\bnameplate_[a-z0-9_]+", path.read_text(encoding="utf-8"))
    }


def test_every_metric_of_rules_and_dashboard_exists(client: FlaskClient) -> None:
    known = known_metrics(client)
    for path in (DEPLOY / "prometheus/nameplate.rules.yml", DEPLOY / "grafana/nameplate.json"):
        assert len(named_metrics(path)) > 8, path
        assert named_metrics(path) - known == set(), path


def test_dashboard_shows_each_metric_of_the_documents() -> None:
    document = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    rows = {
        name
        for line in document.splitlines()
        if line.startswith("| `nameplate_")
        for name in re.findall(r"nameplate_\w+", line)
    }
    dashboard = json.loads((DEPLOY / "grafana/nameplate.json").read_text(encoding="utf-8"))
    expressions = " ".join(target["expr"] for panel in dashboard["panels"] for target in panel["targets"])
    assert {re.sub(_SUFFIXES, "", name) for name in rows} - {
        re.sub(_SUFFIXES, "", name) for name in re.findall(r"nameplate_\w+", expressions)
    } == set()
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers)


def test_units_start_again_and_can_change_only_their_own() -> None:
    assert [path.name for path in UNITS] == [
        "nameplate-beat.service",
        "nameplate-edge@.service",
        "nameplate-web@.service",
        "nameplate-worker@.service",
    ]
    for path in UNITS:
        unit = configparser.ConfigParser(interpolation=None, strict=False)
        unit.optionxform = str  # type: ignore[assignment,method-assign]
        unit.read_string(path.read_text(encoding="utf-8"))
        service = unit["Service"]
        assert (service["Restart"], service["User"], service["UMask"]) == ("always", "nameplate", "0077")
        assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "true")
        assert service["ReadWritePaths"] == "/srv/nameplate/instance"
        assert unit["Unit"]["StartLimitIntervalSec"] == "0", "an outage of an hour must not end it for good"


def test_container_starts_what_the_units_start() -> None:
    compose = (DEPLOY / "container/compose.yml").read_text(encoding="utf-8")
    for word in ("webapp.gunicorn_config", "webapp.wsgi:app", "webapp.worker", "webapp.edge"):
        assert word in compose + (DEPLOY / "container/Containerfile").read_text(encoding="utf-8")
    settings = set(re.findall(r"^ +([A-Z][A-Z_]+):", compose, flags=re.MULTILINE))
    known = {name.upper() for name in Settings.model_fields} | {"NAMEPLATE_INSTANCE"}
    assert {name for name in settings if not name.startswith("POSTGRES_")} - known == set()


def test_files_of_the_dashboards_proxies_are_what_the_document_shows() -> None:
    """`tests/service/test_proxies.py` runs the document's."""
    shipped = {"nginx": "nginx/nameplate-dashboard.conf", "caddyfile": "caddy/dashboard.Caddyfile"}
    for language, name in shipped.items():
        shown = snippet("operations.md", language, "### Behind a proxy")
        assert (DEPLOY / name).read_text(encoding="utf-8") == shown
