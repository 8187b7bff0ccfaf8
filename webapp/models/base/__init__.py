"""The declarative base, the time type, and `save`, which scripts and shells use."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

import structlog
from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, MetaData, String
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, scoped_session
from sqlalchemy.types import TypeDecorator


def utcnow() -> datetime:
    return datetime.now(UTC)


class ValidationError(ValueError):
    """A row cannot be saved as it is; `field` names the attribute and the message says what to change.

    `code` is a stable id where a caller has to tell one conflict from another, else empty.
    """

    def __init__(self, field: str, message: str, code: str = "") -> None:
        super().__init__(message)
        self.field = field
        self.message = message
        self.code = code


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC times in Python, `timestamp with time zone` where the database has it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a time zone cannot be stored")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def current_request_id() -> str | None:
    """The request id in the log lines of the current request or task."""
    found = structlog.contextvars.get_contextvars().get("request_id")
    return str(found) if found else None


def enum_type(members: type[StrEnum]) -> Enum:
    """A text column that holds the members' values, checked by Python and not by the database.

    A CHECK constraint would need a migration of the whole table for every new member.
    """
    return Enum(
        members,
        native_enum=False,
        create_constraint=False,
        length=40,
        values_callable=lambda e: [m.value for m in e],
    )


def ordered_text(length: int) -> String:
    """A text column sorted by code points, as SQLite sorts: only then can an index with `>=` find a prefix.

    PostgreSQL would otherwise sort by the rules of a language, which skip hyphens and dots.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


# SQLite numbers rows by itself only in a column typed INTEGER.
RowId = Annotated[int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)]
Timestamp = Annotated[datetime, mapped_column(UtcDateTime)]


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Saved:
    """Adds `save`. `bind_models` gives it the application's session; models themselves know no application."""

    session: ClassVar[scoped_session[Any]]

    def validate(self) -> None:
        """Bring the attributes into the stored form. Raises `ValidationError`."""

    def save(self) -> Self:
        """Validate and commit; for scripts and shells. Services add and flush instead.

        Raises `ValidationError` and leaves the session usable.
        """
        session = type(self).session
        try:
            with session.no_autoflush:
                self.validate()
            session.add(self)
            session.commit()
        except ValidationError:
            session.rollback()
            raise
        except IntegrityError as err:
            session.rollback()
            raise self.conflict(err) from err
        return self

    def conflict(self, err: Exception) -> Exception:
        """The named conflict behind a broken constraint, else the error itself."""
        return err


def constraint_name(err: Any) -> str:
    """The broken constraint's name: from PostgreSQL's diagnostics, else from SQLite's message.

    SQLite names a partial index by its columns only, so callers compare with both forms.
    """
    diagnostics = getattr(err.orig, "diag", None)
    return str(diagnostics.constraint_name or "") if diagnostics else str(err.orig)


class Timestamped:
    """`created_at` and `updated_at`, both UTC."""

    created_at: Mapped[Timestamp] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[Timestamp] = mapped_column(UtcDateTime, default=utcnow, onupdate=utcnow)
