"""What is stored of a sentence is a code and its parameters; the program makes the sentence when it shows it.

Sentences of earlier releases become codes where their form is known, and else the code `legacy`, whose one parameter
is the sentence. Events and notifications keep theirs in the column `sentence`, which new rows leave empty.

Locks: `event` and `mail` while columns are added; each other table for as long as copying its sentences takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

DOMAIN = "llm_client_custom_domain"
AT_ONCE = 1000
#: What says that only the owner of a name can correct it, in the releases that told it by the sentence.
OWNERS = {"CAA_BLOCKS", "HOST_TOO_LONG", "UNDERSCORE", "DOMAIN_NOT_ALLOWED", "INVALID_PUBLIC_DOMAIN"}
NOBODY = "Nothing for you to do: we ask Amazon again."


def upgrade() -> None:
    for table, prefix, old in PROBLEMS:
        _add(table, prefix)
        _copy_up(table, prefix, old)
        _drop(table, *old)
    for table in ("event", "mail"):
        op.add_column(table, sa.Column("code", sa.String(64), nullable=True))
        op.add_column(table, sa.Column("params", sa.JSON(), nullable=True))
        with op.batch_alter_table(table) as altered:
            altered.alter_column("sentence", existing_type=sa.Text(), nullable=True)
    _recognise_events()


def downgrade() -> None:
    """A code that this migration does not know comes back as itself: the release before cannot say it."""
    _say_events()
    for table in ("event", "mail"):
        _drop(table, "code", "params")
        with op.batch_alter_table(table) as altered:
            altered.alter_column("sentence", existing_type=sa.Text(), nullable=False)
    for table, prefix, old in reversed(PROBLEMS):
        required = table == "finding"
        for column in old:
            op.add_column(table, sa.Column(column, sa.Text(), nullable=True))
        _copy_down(table, prefix, old)
        if required:
            with op.batch_alter_table(table) as altered:
                altered.alter_column("sentence", existing_type=sa.Text(), nullable=False)
        _drop(table, f"{prefix}_code", f"{prefix}_params")


#: Table, prefix of the new columns, the columns that held sentences.
PROBLEMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("certificate", "problem", ("error", "next_step")),
    ("hosted_zone", "problem", ("error",)),
    (DOMAIN, "records_problem", ("records_error",)),
    ("system_status", "problem", ("sentence",)),
    ("finding", "message", ("sentence",)),
    ("reconciliation", "problem", ("error",)),
    ("letter", "problem", ("error",)),
)


def _add(table: str, prefix: str) -> None:
    op.add_column(table, sa.Column(f"{prefix}_code", sa.String(64), nullable=True))
    op.add_column(table, sa.Column(f"{prefix}_params", sa.JSON(), nullable=True))


def _drop(table: str, *columns: str) -> None:
    with op.batch_alter_table(table) as altered:
        for column in columns:
            altered.drop_column(column)


def _key(table: str) -> str:
    return "component" if table == "system_status" else "id"


def _rows(table: str, columns: list[str], where: str) -> Iterator[dict[str, Any]]:
    """Every row that has something, a bounded number at a time, in the order of the key."""
    key, last = _key(table), None
    named = ", ".join([key, *columns])
    while True:
        behind = "" if last is None else f" AND {key} > :last"
        statement = f"SELECT {named} FROM {table} WHERE {where}{behind} ORDER BY {key} LIMIT {AT_ONCE}"  # noqa: S608
        found = (
            op.get_bind().execute(sa.text(statement), {} if last is None else {"last": last}).mappings().all()
        )
        if not found:
            return
        yield from map(dict, found)
        last = found[-1][key]


def _write(table: str, key: Any, values: dict[str, Any]) -> None:
    columns = [sa.column(name, sa.JSON() if name.endswith("params") else None) for name in values]
    rows = sa.table(table, sa.column(_key(table)), *columns)
    op.get_bind().execute(sa.update(rows).where(rows.c[_key(table)] == key).values(values))


def _params(value: Any) -> dict[str, Any]:
    """SQLite hands out JSON as text."""
    found = json.loads(value) if isinstance(value, str) else value
    return dict(found or {})


def _copy_up(table: str, prefix: str, old: tuple[str, ...]) -> None:
    more = ["failure_reason"] if table == "certificate" else []
    for row in _rows(table, [*old, *more], f"{old[0]} IS NOT NULL"):
        params = {name: row[name] or "" for name in old}
        said = {"sentence": params.pop(old[0]), **params}
        _write(table, row[_key(table)], {f"{prefix}_code": _legacy(table, row), f"{prefix}_params": said})


def _legacy(table: str, row: dict[str, Any]) -> str:
    """Who can do something about a certificate was told by its sentences, and is told by the code from now on."""
    if table != "certificate":
        return "legacy"
    step = row["next_step"] or ""
    if row["failure_reason"] in OWNERS or "CAA record" in step:
        return "legacy.you"
    return "legacy.nobody" if step == NOBODY else "legacy"


def _copy_down(table: str, prefix: str, old: tuple[str, ...]) -> None:
    for row in _rows(table, [f"{prefix}_code", f"{prefix}_params"], f"{prefix}_code IS NOT NULL"):
        params = _params(row[f"{prefix}_params"])
        said = params.get("sentence") or params.get("said") or row[f"{prefix}_code"]
        values = {old[0]: said} | ({"next_step": params.get("next_step")} if "next_step" in old else {})
        _write(table, row[_key(table)], values)


#: Sentences of events whose form says it all, by code; `{name}` is the domain's name. Written down as they were, so
#: that this migration does the same in every release.
FORMS = {
    "domain.registered": "{name} was registered.",
    "domain.removing": "{name} is being removed.",
    "domain.lapsed": "{name} is no longer served, because it did not lead back to us in time.",
    "domain.resumed": "We look for the same records again.",
    "check.requested": "A check was requested.",
    "check.removal-requested": "A look at the records was requested.",
    "zone.ready": "The four name servers for {name} are ready.",
    "zone.lost": "The zone of {name} is gone. We look into it.",
    "zone.renewed": "{name} gets a new zone with four new name servers.",
    "zone.deleted": "The zone of {name} was deleted.",
    "zone.given-up": "Staff gave up the zone of {name} before its records were gone.",
    "records.leading": "The zone of {name} now leads visitors to our edge.",
    "records.not-leading": "The zone of {name} no longer leads visitors to our edge.",
    "removal.finished": "{name} was removed.",
    "certificate.requested": "We asked Amazon for a certificate for {name}.",
    "certificate.deleted": "The certificate for {name} was deleted.",
    "certificate.retried": "Another try at the certificate for {name} was requested.",
}


def _recognise_events() -> None:
    """Each sentence that is exactly one of the forms becomes its code, and the rest stay sentences."""
    for row in _rows(
        "event", ["sentence", "custom_domain_id"], "custom_domain_id IS NOT NULL AND code IS NULL"
    ):
        name = _name_of(row["custom_domain_id"])
        codes = {form.format(name=name): code for code, form in FORMS.items()}
        code = codes.get(row["sentence"])
        if code is not None:
            params = {"name": name} if "{name}" in FORMS[code] else {}
            _write("event", row["id"], {"code": code, "params": params, "sentence": None})


def _say_events() -> None:
    for row in _rows("event", ["code", "params"], "code IS NOT NULL"):
        _write("event", row["id"], {"sentence": _said(row["code"], _params(row["params"]))})
    for row in _rows("mail", ["code", "params"], "code IS NOT NULL"):
        _write("mail", row["id"], {"sentence": _said(row["code"], _params(row["params"]))})


def _said(code: str, params: dict[str, Any]) -> str:
    """The form where there is one; else the code with its parameters, which is poor prose and loses nothing."""
    if code in FORMS:
        return FORMS[code].format_map(params)
    told = ", ".join(
        f"{name} {value}" for name, value in sorted(params.items()) if isinstance(value, str | int)
    )
    return f"{code} ({told})" if told else code


@cache
def _name_of(domain_id: int) -> str:
    statement = sa.text(f"SELECT domain_name FROM {DOMAIN} WHERE id = :id")  # noqa: S608
    return str(op.get_bind().execute(statement, {"id": domain_id}).scalar_one())
