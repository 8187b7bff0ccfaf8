"""Every migration keeps the rule that nobody waits for it, or says here why it need not."""

from __future__ import annotations

import pytest
from mako.template import Template  # type: ignore[import-untyped]

from tests.house_files import ROOT
from tests.schema_changes.migration_rule import Breach, breaches, unsaid

MIGRATIONS = ROOT / "migrations"
VERSIONS = {path.name[:4]: path for path in sorted((MIGRATIONS / "versions").glob("*.py"))}

NEW = "the tables are new, and nobody uses them yet"
COPY = "SQLite's way alone: it copies the table in one transaction"
MOMENT = "changes the catalogue alone, inside with_lock_retries"
#: Revision, function and call, and why it holds up nobody.
EXCEPTIONS = {
    ("0001", Breach("_create", "create_table")): NEW,
    ("0001", Breach("_create", "create_index")): NEW,
    ("0007", Breach("_swap", "drop_column")): MOMENT,
    ("0007", Breach("_swap", "execute")): MOMENT,
    ("0007", Breach("_copy", "drop_index")): COPY,
    ("0007", Breach("_copy", "create_index")): COPY,
    ("0007", Breach("_copy", "batch_alter_table")): COPY,
    ("0009", Breach("_copy", "batch_alter_table")): COPY,
    ("0009", Breach("_copy_back", "batch_alter_table")): COPY,
    ("0009", Breach("_change_collation", "execute")): MOMENT
    + ": the indexes that it keeps have the new collation",
    ("0009", Breach("_change_account_collation", "execute")): MOMENT,
    ("0009", Breach("_end_guard", "execute")): MOMENT,
    (
        "0009",
        Breach("_collate_by_default", "execute"),
    ): "the way back, which builds four indexes anew and says so",
    ("0012", Breach("upgrade", "execute")): "an extension locks no table",
    ("0015", Breach("upgrade", "execute")): "reads, to learn whether the key is needed",
    ("0015", Breach("upgrade", "scalar")): "the same",
    ("0022", Breach("_change_storage", "execute")): MOMENT,
}


def test_every_migration_keeps_the_rule_or_says_why_not() -> None:
    found = {
        (number, breach) for number, path in VERSIONS.items() for breach in breaches(path.read_text("utf-8"))
    }
    assert found == set(EXCEPTIONS)


@pytest.mark.parametrize("number", VERSIONS)
def test_migration_says_what_it_locks_and_whether_old_code_goes_on(number: str) -> None:
    assert unsaid(VERSIONS[number].read_text("utf-8")) == []


BROKEN = {
    "an index that locks the table": "op.create_index('ix_a', 'a', ['b'])",
    "an index inside batch mode": "with op.batch_alter_table('a') as a: a.create_index('ix_a', ['b'])",
    "a column without patience": "op.add_column('a', sa.Column('b', sa.Text()))",
    "a constraint that reads every row": "op.create_check_constraint('ck_a', 'a', 'b > 0')",
    "a foreign key that reads every row": "op.create_foreign_key('fk_a', 'a', 'b', ['c'], ['id'])",
    "a column that gets another type": "op.alter_column('a', 'b', type_=sa.BigInteger())",
    "all rows at once": "op.execute('UPDATE a SET b = 1')",
    "all rows at once, by the connection": "op.get_bind().execute(sa.text('UPDATE a SET b = 1'))",
    "all rows at once, later": "found = op.get_bind()\n    found.exec_driver_sql('DELETE FROM a')",
    "all rows at once, by a table": "op.bulk_insert(sa.table('a'), [])",
    "a call that is handed on": "op.with_lock_retries(op.create_index)",
    "a table that others refer to": "op.drop_table('a')",
    "a new name that old code does not know": "op.rename_table('a', 'b')",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_rule_finds(kind: str) -> None:
    assert breaches(f"def upgrade():\n    {BROKEN[kind]}\n")


def test_template_keeps_the_rule() -> None:
    template = Template(filename=str(MIGRATIONS / "script.py.mako"))  # noqa: S702 - it makes Python
    values = {"message": "Know more.", "up_revision": "0099", "down_revision": "0098", "branch_labels": None}
    source = template.render(**values, depends_on=None, imports="", upgrades="", downgrades="")
    assert unsaid(source) == []
    assert breaches(source) == set()
