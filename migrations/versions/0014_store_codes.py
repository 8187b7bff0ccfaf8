"""What is stored of a sentence is a code and its parameters; the program makes the sentence when it shows it.

Sentences of earlier releases become codes where their form is known, and else the code `legacy`, whose one parameter
is the sentence. Events and notifications keep theirs in the column `sentence`, which new rows leave empty.

Locks: each table for a moment, for its columns; the rows that have a sentence, two hundred at a time, and those of
`event` a thousand at a time.
Took: 28 s with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: cannot go on, because the columns of its sentences go. Stop everything before, and start the new release
after it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

DOMAIN = "llm_client_custom_domain"
#: What says that only the owner of a name can correct it, in the releases that told it by the sentence.
OWNERS = {"CAA_BLOCKS", "HOST_TOO_LONG", "UNDERSCORE", "DOMAIN_NOT_ALLOWED", "INVALID_PUBLIC_DOMAIN"}
NOBODY = "Nothing for you to do: we ask Amazon again."


def upgrade() -> None:
    for table, prefix, old in PROBLEMS:
        _add(table, prefix)
        if op.has_column(table, old[0]):
            _copy_up(table, prefix, old)
            op.drop_columns_online(table, *old)
    for table in ("event", "mail"):
        _add(table)
        op.alter_online(table, "sentence", existing_type=sa.Text(), nullable=True)
    _recognise_events()


def downgrade() -> None:
    """A code that this migration does not know comes back as itself: the release before cannot say it."""
    for table in ("event", "mail"):
        if op.has_column(table, "code"):
            _require_sentence(table, partial(_say_again, table))
            op.drop_columns_online(table, "code", "params")
    for table, prefix, old in reversed(PROBLEMS):
        op.add_columns_online(table, *(sa.Column(column, sa.Text(), nullable=True) for column in old))
        if op.has_column(table, f"{prefix}_code"):
            _copy_down(table, prefix, old)
            op.drop_columns_online(table, f"{prefix}_code", f"{prefix}_params")
    _require_sentence("finding", lambda: op.update_in_batches("finding", "sentence = ''", "sentence IS NULL"))


def _require_sentence(table: str, fill: Callable[[], object]) -> None:
    op.set_not_null_online(table, "sentence", existing_type=sa.Text(), fill=fill)


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


def _add(table: str, prefix: str = "") -> None:
    op.add_columns_online(
        table,
        sa.Column(f"{prefix}_code".lstrip("_"), sa.String(64), nullable=True),
        sa.Column(f"{prefix}_params".lstrip("_"), sa.JSON(), nullable=True),
    )


def _key(table: str) -> str:
    return "component" if table == "system_status" else "id"


def _params(value: Any) -> dict[str, Any]:
    """SQLite hands out JSON as text."""
    found = json.loads(value) if isinstance(value, str) else value
    return dict(found or {})


def _copy_up(table: str, prefix: str, old: tuple[str, ...]) -> None:
    def coded(row: dict[str, Any]) -> dict[str, Any]:
        params = {name: row[name] or "" for name in old}
        said = {"sentence": params.pop(old[0]), **params}
        return {f"{prefix}_code": _legacy(table, row), f"{prefix}_params": said}

    more = ["failure_reason"] if table == "certificate" else []
    where = f"{old[0]} IS NOT NULL AND {prefix}_code IS NULL"
    op.rewrite_in_batches(table, [*old, *more], where, rewrite=coded, key=_key(table))


def _legacy(table: str, row: dict[str, Any]) -> str:
    """Who can do something about a certificate was told by its sentences, and is told by the code from now on."""
    if table != "certificate":
        return "legacy"
    step = row["next_step"] or ""
    if row["failure_reason"] in OWNERS or "CAA record" in step:
        return "legacy.you"
    return "legacy.nobody" if step == NOBODY else "legacy"


def _copy_down(table: str, prefix: str, old: tuple[str, ...]) -> None:
    def said(row: dict[str, Any]) -> dict[str, Any]:
        params = _params(row[f"{prefix}_params"])
        sentence = params.get("sentence") or params.get("said") or row[f"{prefix}_code"]
        return {old[0]: sentence} | ({"next_step": params.get("next_step")} if "next_step" in old else {})

    where = f"{prefix}_code IS NOT NULL AND {old[0]} IS NULL"
    op.rewrite_in_batches(table, [f"{prefix}_code", f"{prefix}_params"], where, rewrite=said, key=_key(table))


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
    """Each sentence that is exactly one of the forms becomes its code, and the rest stay sentences. In SQL, because
    there are millions of them.
    """
    name = f"(SELECT domain_name FROM {DOMAIN} WHERE id = event.custom_domain_id)"  # noqa: S608
    form = f"replace(sentence, {name}, '{{name}}')"
    codes = " ".join(f"WHEN '{said}' THEN '{code}'" for code, said in FORMS.items())
    named = ", ".join(f"'{said}'" for said in FORMS.values() if "{name}" in said)
    known = ", ".join(f"'{said}'" for said in FORMS.values())
    document = "json_build_object" if op.get_bind().dialect.name == "postgresql" else "json_object"
    op.update_in_batches(
        "event",
        f"code = CASE {form} {codes} END, sentence = NULL,"
        f" params = CASE WHEN {form} IN ({named}) THEN {document}('name', {name}) ELSE '{{}}' END",
        f"custom_domain_id IS NOT NULL AND code IS NULL AND {form} IN ({known})",
    )


def _say_again(table: str) -> None:
    op.rewrite_in_batches(
        table,
        ["code", "params"],
        "code IS NOT NULL AND sentence IS NULL",
        rewrite=lambda row: {"sentence": _said(row["code"], _params(row["params"]))},
    )


def _said(code: str, params: dict[str, Any]) -> str:
    """The form where there is one; else the code with its parameters, which is poor prose and loses nothing."""
    if code in FORMS:
        return FORMS[code].format_map(params)
    told = ", ".join(
        f"{name} {value}" for name, value in sorted(params.items()) if isinstance(value, str | int)
    )
    return f"{code} ({told})" if told else code
