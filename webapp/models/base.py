"""The declarative base, the time type, and `save`, which scripts and shells use."""

from __future__ import annotations

import unicodedata
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


#: Categories of characters that names and reasons must not have. Control characters end a line in an e-mail's subject
#: or move a terminal's cursor; format characters such as U+202E turn the direction of what follows (Unicode TR 36,
#: 2.5). The others are surrogates, private use, unassigned, and separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Letters and symbols that show nothing: Hangul and Khmer fillers, the blank Braille pattern.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

#: Zero width non-joiner and joiner.
_JOINERS = frozenset("\u200c\u200d")
#: Categories of what they stand between, and the combining class after which they may stand anywhere.
_JOINABLE, _VIRAMA = frozenset({"Lo", "Mn", "Mc", "So", "Sk"}), 9


def is_unseen(text: str, at: int) -> bool:
    """Whether the character at this place must not be in a name or a reason."""
    return unicodedata.category(text[at]) in _UNSEEN and not _joins(text, at)


def fault_in(text: str) -> str | None:
    """Why `text` cannot be a name or a reason, as a sentence; None when it can."""
    refused = next((char for at, char in enumerate(text) if is_unseen(text, at)), None)
    if refused is not None:
        return f"Leave out the character U+{ord(refused):04X}: it cannot be seen, or changes how the rest is shown."
    if text and all(char.isspace() or char in _BLANK for char in text):
        return "Enter something that can be seen."
    return None


def _joins(text: str, at: int) -> bool:
    """Whether the character joins or parts two letters, as Persian, Indic scripts and emoji need it (RFC 5892, A.1
    and A.2). Between letters that never join it would only make a name that looks like another.
    """
    if text[at] not in _JOINERS or at == 0:
        return False
    before, after = text[at - 1], text[at + 1 : at + 2]
    return unicodedata.combining(before) == _VIRAMA or (_may_join(before) and _may_join(after))


def _may_join(char: str) -> bool:
    """Letters and marks of scripts that may join, emoji, and what changes an emoji. Wide letters, as Chinese has
    them, never join.
    """
    category = unicodedata.category(char) if char else ""
    return category in _JOINABLE and not (category == "Lo" and unicodedata.east_asian_width(char) in "WF")


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
