"""The house of the design: who may import whom, read from the source files."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FEATURES = {"auth", "domains", "llm_clients", "staff", "edge", "system"}
#: Modules of a feature that only do: they know rows and the two adapters, and no request.
SERVICES = {
    "diagnosis",
    "figures",
    "inside",
    "outside",
    "own_health",
    "probes",
    "pruning",
    "status",
    "services",
    "queries",
    "instructions",
    "notices",
    "verified",
    "actors",
    "addresses",
    "check_faults",
    "checks",
    "clock",
    "recording",
    "rounds",
    "policy",
    "schedule",
    "second_look",
    "stored_report",
    "zones",
    "situations",
    "letters",
    "outbox",
    "reminders",
    "upsert",
    "wording",
    "consequences",
    "records",
    "record_steps",
    "certificates",
    "certificate_steps",
    "certificate_outcomes",
    "certificate_words",
    "certificate_shown",
    "findings",
    "holds",
    "interventions",
    "keeping",
    "leaving",
    "quarantine",
    "recipients",
    "reconcile",
    "reconcile_slices",
    "removal",
    "retries",
    "farewell",
    "deletion",
    "denials",
    "export",
    "comparison",
    "present",
    "preflight",
    "evidence",
    "snippets",
    "managed",
    "listing",
    "chronicle",
    "page",
}
#: What every part of the house may know.
LEAVES = {"models", "dns", "aws", "config", "extensions", "errors"}

#: Beyond its own folder, what each part may import of ours.
ALLOWED: dict[str, set[str]] = {
    "config": set(),
    "address": {"config"},
    "dns": set(),
    "models": {"dns.names"},
    "aws": {"dns.records"},
    "errors": set(),
    "headers": set(),
    "logs": set(),
    "tracing": set(),
    "process_figures": {"config"},
    "garbage": set(),
    "gunicorn_config": {"config", "garbage", "logs", "process_figures"},
    "broker": set(),
    "queue": {"broker"},
    "forms": set(),
    "extensions": {"models", "config", "aws", "dns"},
    "flask_config": {"config", "extensions"},
    "outside": {"config", "aws", "dns"},
    "pages": {"extensions", "models", "dns.names", "auth.access", "service"},
    # An account is deleted through the services of its domains, and exported in their words.
    "service": LEAVES
    | {
        "domains.actors",
        "domains.services",
        "domains.queries",
        "domains.verified",
        "domains.holds",
        # Whether it can be reached is a question about the system.
        "broker",
        # A clock that is wrong is so for everybody.
        "domains.clock",
    },
    "edge of a feature": LEAVES
    | {
        "address",
        "auth.access",
        "auth.forms",
        "auth.links",
        "forms",
        "broker",
        "queue",
        "pages",
        "service",
        "tasks",
        "tracing",
        "process_figures",
    },
    "commands": LEAVES | {"service", "tasks", "queue", "logs", "tracing", "edge", "sandbox"},
    "worker": {"", "tasks", "broker", "garbage", "process_figures"},
    "app": {"*"},
    "sandbox": {"", "dns", "config", "models", "extensions"},
}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / "webapp").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT / "webapp").with_suffix("").parts)
        yield name.removesuffix("__init__").removesuffix("."), path


def part_of(module: str) -> str:
    """The part of the house a module belongs to, as `ALLOWED` names it."""
    first, _, rest = module.partition(".")
    if module == "":
        return "app"
    if first in {"cli", "commands"} or module == "dns.cli":
        return "commands"
    if first in FEATURES:
        leaf = rest.partition(".")[0]
        return "service" if leaf in SERVICES else "edge of a feature"
    return first


def imports(path: Path) -> Iterator[str]:
    """Every imported module, with `from a import b` as `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def kind_of(target: str) -> set[str]:
    """The words of `ALLOWED` that let `target` (without `webapp.`) be imported."""
    part = part_of(target)
    words = {target, ".".join(target.split(".")[:2]), target.split(".", maxsplit=1)[0], "*"}
    if part == "service":
        words.add("service")
    if target.startswith(tuple(f"{feature}.tasks" for feature in FEATURES)):
        words.add("tasks")
    if target in {"create_app"}:
        words.add("")
    return words


def strangers(module: str, path: Path) -> list[str]:
    """What `module` imports of ours though its part of the house may not."""
    part, own = part_of(module), module.split(".", maxsplit=1)[0]
    found = []
    for name in imports(path):
        target = name.removeprefix("webapp.") if name != "webapp" else ""
        if (
            not name.startswith("webapp")
            or target.split(".")[0] == own
            or part_of(target) == part == "commands"
        ):
            continue
        if not kind_of(target) & ALLOWED[part]:
            found.append(target)
    return found


@pytest.mark.parametrize(
    ("module", "path"), list(modules()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_imports_point_one_way(module: str, path: Path) -> None:
    assert strangers(module, path) == []


LIBRARIES = {
    "boto3": {"aws", "sandbox"},
    "botocore": {"aws", "sandbox"},
    "dns": {"dns", "sandbox"},
}


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_outside_libraries_stay_behind_their_adapter(library: str) -> None:
    users = {
        part_of(module) if part_of(module) != "commands" else module.split(".")[0]
        for module, path in modules()
        for name in imports(path)
        if name.split(".")[0] == library
    }
    assert users
    assert users <= LIBRARIES[library]


def test_no_request_below_the_edges() -> None:
    """Flask-Security's column mix-ins are the one exception, in the models."""
    below = {"models", "dns", "aws", "config", "service"}
    found = {
        (module, name)
        for module, path in modules()
        if part_of(module) in below
        for name in imports(path)
        if name.split(".")[0].startswith("flask") and not name.startswith("flask_security")
    }
    assert {(module, name) for module, name in found if not name.startswith("flask.Flask")} == set()


def test_only_the_command_line_knows_the_sandbox() -> None:
    users = {
        module
        for module, path in modules()
        if not module.startswith("sandbox")
        and any(name.startswith("webapp.sandbox") for name in imports(path))
    }
    assert all(part_of(user) == "commands" for user in users)


def test_services_never_commit() -> None:
    committing = [
        module
        for module, path in modules()
        if part_of(module) == "service" and ".commit()" in path.read_text()
    ]
    assert committing == []


def test_tasks_never_sleep() -> None:
    sleeping = [
        module for module, path in modules() if module.endswith("tasks") and "sleep" in path.read_text()
    ]
    assert sleeping == []


def test_migrations_import_no_model() -> None:
    versions = list((ROOT / "migrations" / "versions").glob("*.py"))
    assert versions
    for path in versions:
        assert not [name for name in imports(path) if name.startswith("webapp")]
