"""The statement's text: one placeholder, and all else written out."""

from __future__ import annotations

import pytest
from sqlalchemy import Dialect, bindparam, select
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from webapp.edge.lookup.statement import text_of
from webapp.edge.served_names.served import LOOK_UP, domain

NUMBERED = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(("dialect", "placeholder"), [(SQLiteDialect_pysqlite(), "?"), (NUMBERED, "$1")])
def test_name_is_the_only_parameter(dialect: Dialect, placeholder: str) -> None:
    text = text_of(LOOK_UP, dialect)
    assert text.count(placeholder) == 1
    assert "$2" not in text
    assert "IN ('verified', 'failing')" in text


@pytest.mark.parametrize("dialect", [SQLiteDialect_pysqlite(), NUMBERED])
def test_statement_with_more_parameters_is_refused(dialect: Dialect) -> None:
    query = select(domain.c.id).where(domain.c.domain_name == bindparam("name", ""), domain.c.account_id == 7)
    with pytest.raises(ValueError, match="account_id"):
        text_of(query, dialect)
