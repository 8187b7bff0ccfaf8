"""The pages of many names at once: lists in each state, and domains that were ticked."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.extensions import db
from webapp.models import Account, DomainImport, ImportLine, ImportState, LineState, Message, utcnow

Row = tuple[str, str, str, int, dict[str, str] | None]

_REFUSED = Message("import.duplicate", {"name": "shop.example.net", "line": 2})
_LINES = (
    ("shop.example.net", LineState.READY, None),
    ("xn--bcher-kva.example.net", LineState.EXISTING, None),
    ("shop.example.net", LineState.REFUSED, _REFUSED),
    ("a-name-that-is-so-long-that-no-column-holds-it.departments.example.net", LineState.REGISTERED, None),
    ("", LineState.REFUSED, Message("import.no-name")),
)


def of_imports(account: Account) -> dict[str, int]:
    """Ids by what they show."""
    return {f"import-{state}": _import(account, state) for state in ImportState}


def _import(account: Account, state: ImportState) -> int:
    row = DomainImport(
        account_id=account.id,
        lines=len(_LINES),
        state=state,
        actor_kind="customer",
        actor_name="customer@acme.com",
        started_at=utcnow(),
    )
    db.session.add(row)
    db.session.flush()
    for number, (typed, line_state, problem) in enumerate(_LINES, 2):
        line = ImportLine(import_id=row.id, number=number, typed=typed, domain_name=typed or None)
        line.state, line.problem = line_state, problem
        db.session.add(line)
    db.session.flush()
    return row.id


def import_visits(shown: dict[str, int]) -> Iterator[Row]:
    """Of each: who, name, path, status and form."""
    yield "customer", "import", "/domains/import", 200, None
    yield "customer", "import-refused", "/domains/import", 422, {"names": "a,b"}
    for state in ImportState:
        yield "customer", f"import-{state}", f"/domains/imports/{shown[f'import-{state}']}", 200, None
    yield "customer", "import-no-line", f"/domains/imports/{shown['import-done']}?show=new", 200, None
    yield "customer", "domains-by-expiry", "/domains?sort=expiry", 200, None
    chosen = {"domain": str(shown["state-verified"])}
    yield "customer", "chosen-assign", "/domains/chosen", 200, {"act": "assign", **chosen}
    yield "customer", "chosen-remove", "/domains/chosen", 200, {"act": "remove", **chosen}
    yield "customer", "chosen-remove-wrong", "/domains/chosen/removal", 422, {"number": "7", **chosen}
    gone = {"domain": str(shown["state-removing"])}
    yield "customer", "chosen-done", "/domains/chosen/removal", 200, gone
