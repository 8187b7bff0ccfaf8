"""Accounts and the people who belong to them."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from flask_security.models import sqla
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from webapp.models.base import (
    Base,
    RowId,
    Saved,
    Timestamped,
    UtcDateTime,
    ValidationError,
    enum_type,
    ordered_text,
)
from webapp.models.free_text import fault_in

if TYPE_CHECKING:
    from webapp.models.custom_domain import LLMClientCustomDomain
    from webapp.models.llm_client import LLMClient

sqla.FsModels.set_db_info(  # type: ignore[no-untyped-call]
    base_model=Base, user_table_name="users", role_table_name="roles", webauthn_table_name="webauthn"
)

STAFF_ROLE = "staff"
_NUMBER = re.compile(r"\d{4}-\d{4}-\d{4}")


def new_account_number() -> str:
    """Twelve random digits as `1234-5678-9012`; part of host names, so it never starts with a zero."""
    digits = str(secrets.randbelow(9 * 10**11) + 10**11)
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def search_key(name: str) -> str:
    """Without capitals and double blanks; what is searched for goes through this, too."""
    return " ".join(name.casefold().split())


class MembershipRole(StrEnum):
    OWNER = "owner"
    MEMBER = "member"


class Account(Saved, Timestamped, Base):
    """A customer. Everything a customer owns hangs on the account, never on a person."""

    __tablename__ = "account"

    id: Mapped[RowId]
    number: Mapped[str] = mapped_column(ordered_text(14), unique=True, default=new_account_number)
    name: Mapped[str] = mapped_column(String(200))
    #: The name as it is searched for.
    name_key: Mapped[str] = mapped_column(ordered_text(600), index=True)
    #: Since when it is being deleted. The row itself stays, for the history and the zones that refer to it.
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    memberships: Mapped[list[Membership]] = relationship(
        back_populates="account", cascade="all, delete-orphan"
    )
    llm_clients: Mapped[list[LLMClient]] = relationship(back_populates="account")
    custom_domains: Mapped[list[LLMClientCustomDomain]] = relationship(back_populates="account")

    def __init__(self, **values: object) -> None:
        # The number is part of default host names, which are shown before anything is flushed.
        super().__init__(**{"number": new_account_number(), **values})

    @validates("name")
    def _key_follows_name(self, _key: str, value: str) -> str:
        if fault := fault_in(value):
            raise ValidationError("name", fault)
        self.name_key = search_key(value)
        return value

    @validates("number")
    def _check_number(self, _key: str, value: str) -> str:
        if not _NUMBER.fullmatch(value):
            raise ValidationError("number", f"“{value}” is not an account number like 1234-5678-9012.")
        return value

    def __repr__(self) -> str:
        return f"<Account {self.number}>"


class Role(Base, sqla.FsRoleMixin):
    """A role of the whole installation; `staff` is the only one."""

    __tablename__ = "roles"


class User(Base, sqla.FsUserMixin):
    """A person who signs in. What they may see follows from memberships and the staff role."""

    __tablename__ = "users"

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", cascade="all, delete-orphan")

    @property
    def is_staff(self) -> bool:
        return any(role.name == STAFF_ROLE for role in self.roles)

    def __repr__(self) -> str:
        return f"<User {self.id}>"


class WebAuthn(Base, sqla.FsWebAuthnMixin):
    """A passkey of a user, as Flask-Security stores it."""

    __tablename__ = "webauthn"


class Membership(Timestamped, Base):
    """A person's part in an account."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("account_id", "user_id"),)

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[MembershipRole] = mapped_column(enum_type(MembershipRole), default=MembershipRole.OWNER)
    #: Whether this person is mailed about the account's domains.
    wants_mail: Mapped[bool] = mapped_column(default=True)

    account: Mapped[Account] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship(back_populates="memberships")
