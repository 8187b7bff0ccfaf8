"""The laws of the house, read from its files: who may import whom, how large a room may be, what tests are called.

`tests/house_rooms.py` has the doors of every room.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house_files import MODULES, ROOT, TESTS, WEBAPP, imported, neighbours, room_of
from tests.house_rooms import ALLOWED, OTHER_TESTS

MOST_LINES_OF_A_MODULE = 300
MOST_LINES_OF_A_ROOM = 1800
MOST_MODULES_OF_A_ROOM = 12

#: Who answers to requests, to the queue or to a shell. Only they know Flask, and only they commit.
EDGE_ROOMS = {"__init__", "abuse", "adapters", "auth", "cli", "commands", "extensions", "gunicorn_config"}
EDGE_ROOMS |= {
    "__main__",
    "commands/many",
    "api",
    "api/domains",
    "api/pages",
    "api/resources",
    "commands/people",
    "mcp_server",
    "resilience",
    "runtime",
    "runtime/requests",
    "stores",
    "telemetry",
    "web",
    "worker",
    "wsgi",
}
EDGE_MODULES = {"views", "forms", "tasks", "blueprint"}
OTHER_EDGES = {
    "accounts/sign_up": "listens to Flask-Security",
    "edge/served_names/announcements": "tells the cache that the application uses",
    "domain_page/own": "answers 404",
    "edge/flask_app": "is an application",
    "edge/served_names/queries": "asks what this application knows",
    "edge/dashboard/verified_names": "connects itself to the application",
    "health/readiness": "asks the cache that the application uses",
    "notifications/delivery": "sends through Flask-Mailman",
    "webhooks/delivery/mails": "sends through Flask-Mailman",
}


NEIGHBOURS = {module: neighbours(module) for module in MODULES}
ROOMS = sorted({room_of(module) for module in MODULES})


def modules_in(room: str) -> list[str]:
    return [module for module in MODULES if room_of(module) == room]


def entry_for(target: str, room: str) -> str | None:
    """The entry of the room's list that lets `target` be imported; the narrower one, if both do."""
    return next((entry for entry in (target, room_of(target)) if entry in ALLOWED[room]), None)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_module_imports_only_what_its_room_may(module: str) -> None:
    room = room_of(module)
    assert room in ALLOWED, f"tests/house_rooms.py has no list for {room}"
    strangers = [target for target in sorted(NEIGHBOURS[module]) if entry_for(target, room) is None]
    assert strangers == [], f"tests/house_rooms.py does not let {room} import them"


def test_every_list_is_a_room() -> None:
    assert sorted(ALLOWED) == ROOMS


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_every_entry_is_used_and_says_why(room: str) -> None:
    used = {entry_for(target, room) for module in modules_in(room) for target in NEIGHBOURS[module]}
    assert set(ALLOWED[room]) - used == set()
    assert all(ALLOWED[room].values())


def room_graph() -> dict[str, set[str]]:
    return {
        room: {room_of(target) for module in modules_in(room) for target in NEIGHBOURS[module]}
        for room in ROOMS
    }


def why(room: str, other: str) -> str:
    """The imports that lead from one room to the other."""
    return ", ".join(
        f"{module} -> {target}"
        for module in modules_in(room)
        for target in sorted(NEIGHBOURS[module])
        if room_of(target) == other
    )


def test_no_two_rooms_import_each_other() -> None:
    graph = room_graph()
    both = [(a, b) for a in ROOMS for b in graph[a] if a < b and a in graph[b]]
    assert [f"{why(a, b)}; {why(b, a)}" for a, b in both] == []


def test_rooms_have_an_order() -> None:
    """Rooms whose imports all lead to rooms before them, again and again; what is left stands in a cycle."""
    graph = room_graph()
    left = set(ROOMS)
    while free := {room for room in left if not graph[room] & left}:
        left -= free
    while unused := {room for room in left if not any(room in graph[other] for other in left)}:
        left -= unused
    assert sorted(left) == []


LIBRARIES = {
    "boto3": {"aws", "sandbox"},
    "botocore": {"aws", "sandbox"},
    "dns": {"dns", "sandbox"},
}


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_outside_libraries_stay_behind_their_adapter(library: str) -> None:
    users = {
        module.partition("/")[0]
        for module, path in MODULES.items()
        for name in imported(path)
        if name.split(".")[0] == library
    }
    assert users
    assert users <= LIBRARIES[library]


def is_edge(module: str) -> bool:
    room, _, name = module.rpartition("/")
    own = name in EDGE_MODULES or name.endswith("_views")
    return own or (room or module) in EDGE_ROOMS or module in OTHER_EDGES or module.startswith("sandbox")


def knows_flask(path: Path) -> bool:
    """Flask-Security's column mix-ins are the one exception, which the models need."""
    names = (name for name in imported(path) if not name.startswith("flask_security.models"))
    return any(name.split(".")[0].startswith(("flask", "werkzeug")) for name in names)


def test_no_request_below_the_edges() -> None:
    assert [module for module, path in MODULES.items() if knows_flask(path) and not is_edge(module)] == []


def test_other_edges_know_flask() -> None:
    assert [module for module in OTHER_EDGES if not knows_flask(MODULES[module])] == []


def test_services_never_commit() -> None:
    committing = [
        module for module, path in MODULES.items() if ".commit()" in path.read_text(encoding="utf-8")
    ]
    assert committing
    assert [module for module in committing if not is_edge(module) and module != "models/base/__init__"] == []


def test_only_the_command_line_knows_the_sandbox() -> None:
    users = {
        module
        for module in MODULES
        if not module.startswith("sandbox")
        if any(target.startswith("sandbox") for target in NEIGHBOURS[module])
    }
    assert {room_of(user) for user in users} <= {"commands", "cli"}


TASKS = [module for module in MODULES if module.endswith("/tasks")]


def test_tasks_never_sleep() -> None:
    assert TASKS
    assert [module for module in TASKS if "sleep" in MODULES[module].read_text(encoding="utf-8")] == []


def test_worker_imports_the_tasks_of_every_room() -> None:
    """A task that no import has registered is unknown to a worker, which drops its messages."""
    assert sorted(TASKS) == sorted(target for target in NEIGHBOURS["worker"] if target.endswith("/tasks"))


def test_migrations_import_nothing_of_ours() -> None:
    versions = list((ROOT / "migrations" / "versions").glob("*.py"))
    assert versions
    for path in versions:
        assert not [name for name in imported(path) if name.startswith("webapp")]


def lines_of(module: str) -> int:
    return len(MODULES[module].read_text(encoding="utf-8").splitlines())


def test_no_module_is_too_long_to_be_read() -> None:
    assert {one: lines_of(one) for one in MODULES if lines_of(one) > MOST_LINES_OF_A_MODULE} == {}


def test_rooms_hold_code_alone() -> None:
    """What a run keeps is under `instance/` in the root, which Git ignores, and not in the package."""
    files = [path for path in WEBAPP.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert [str(path.relative_to(ROOT)) for path in files if path.suffix != ".py"] == []


@pytest.mark.parametrize("room", ROOMS)
def test_room_can_be_kept_in_mind(room: str) -> None:
    found = modules_in(room)
    inside = [module for module in found if not module.endswith("/__init__")]
    assert len(inside) <= MOST_MODULES_OF_A_ROOM, inside
    assert sum(map(lines_of, found)) <= MOST_LINES_OF_A_ROOM


@pytest.mark.parametrize("room", [room for room in ROOMS if (WEBAPP / room).is_dir()])
def test_room_has_tests_of_its_own(room: str) -> None:
    assert (TESTS / room / "__init__.py").is_file()
    assert list((TESTS / room).rglob("test_*.py")), f"tests/{room} holds no test"


def rooms_tests() -> list[str]:
    paths = (path.relative_to(TESTS) for path in sorted(TESTS.rglob("test_*.py")))
    return [
        path.with_suffix("").as_posix()
        for path in paths
        if (WEBAPP / path.parent).is_dir() and path.parent.name
    ]


def is_named_after_a_module(test: str) -> bool:
    """After a module of its room or one part of that, or after the room itself."""
    room, _, stem = test.rpartition("/")
    subject = stem.removeprefix("test_")
    names = [module.rpartition("/")[2] for module in modules_in(room)] + [room.rpartition("/")[2]]
    return any(subject == name or subject.startswith(f"{name}_") for name in names)


def test_tests_are_called_what_they_test() -> None:
    others = {test for test in rooms_tests() if not is_named_after_a_module(test)}
    assert others == set(OTHER_TESTS)


def test_no_test_imports_from_another() -> None:
    """What two of them share is a helper. A test that is changed for its own file would else break another's."""
    found = [
        f"{path.relative_to(ROOT)} <- {name}"
        for path in sorted(TESTS.rglob("*.py"))
        for name in imported(path)
        if name.startswith("tests.") and any(part.startswith("test_") for part in name.split(".")[:-1])
    ]
    assert found == []
