"""Accounts, their members and invitations, and the browsers in which people are signed in."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from flask_security.models import sqla
from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
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
from webapp.models.base.free_text import fault_in

if TYPE_CHECKING:
    from webapp.models.custom_domain import LLMClientCustomDomain
    from webapp.models.llm_client import LLMClient

sqla.FsModels.set_db_info(  # type: ignore[no-untyped-call]
    base_model=Base, user_table_name="users", role_table_name="roles", webauthn_table_name="webauthn"
)

STAFF_ROLE = "staff"
_NUMBER = re.compile(r"\d{4}-\d{4}-\d{4}")


def new_code() -> str:
    """A random code, which links in e-mails carry signed. When its row is deleted, these links end."""
    return secrets.token_hex(16)


def new_account_number() -> str:
    """Twelve random digits as `1234-5678-9012`; part of host names, so it never starts with a zero."""
    digits = str(secrets.randbelow(9 * 10**11) + 10**11)
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def search_key(name: str) -> str:
    """Text in lower case and with single blanks. Names and what is searched for are compared in this form."""
    return " ".join(name.casefold().split())


class MembershipRole(StrEnum):
    OWNER = "owner"
    MEMBER = "member"


class Account(Saved, Timestamped, Base):
    """A customer. Everything that a customer owns belongs to the account, never to a person."""

    __tablename__ = "account"

    id: Mapped[RowId]
    number: Mapped[str] = mapped_column(ordered_text(14), unique=True, default=new_account_number)
    name: Mapped[str] = mapped_column(String(200))
    #: `search_key` of the name.
    name_key: Mapped[str] = mapped_column(ordered_text(600), index=True)
    #: Since when the account is being deleted. The row stays, because the history and zones refer to it.
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    memberships: Mapped[list[Membership]] = relationship(
        back_populates="account", cascade="all, delete-orphan"
    )
    llm_clients: Mapped[list[LLMClient]] = relationship(back_populates="account")
    custom_domains: Mapped[list[LLMClientCustomDomain]] = relationship(back_populates="account")

    def __init__(self, **values: object) -> None:
        # Not a column default, because default host names, which contain the number, are shown before a flush.
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
    #: Addresses are looked for in any letters, at every sign-in.
    __table_args__ = (Index("ix_users_lower_email", text("lower(email)")),)

    #: Of the one-time code that was used last: how many times 30 seconds after 1970 it was made for (RFC 6238, 4.2).
    last_code_counter: Mapped[int | None] = mapped_column(BigInteger)
    #: When staff last cleared this person's tries to get in. Those of before count no more.
    tries_cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", cascade="all, delete-orphan")

    @property
    def is_staff(self) -> bool:
        return any(role.name == STAFF_ROLE for role in self.roles)

    def __repr__(self) -> str:
        return f"<User {self.id}>"


class WebAuthn(Base, sqla.FsWebAuthnMixin):
    """A passkey of a user, as Flask-Security stores it."""

    __tablename__ = "webauthn"
    __table_args__ = (Index("ix_webauthn_user_id", "user_id"),)


class Membership(Timestamped, Base):
    """A person's part in an account."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("account_id", "user_id"),)

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[MembershipRole] = mapped_column(enum_type(MembershipRole), default=MembershipRole.OWNER)
    #: Whether this person gets e-mails about the account's domains.
    wants_mail: Mapped[bool] = mapped_column(default=True)

    account: Mapped[Account] = relationship(back_populates="memberships")
    user: Mapped[User] = relationship(back_populates="memberships")


class Invitation(Timestamped, Base):
    """An invitation into an account. The row is deleted when it is accepted or withdrawn."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("account_id", "email"),)

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    #: In the form in which `User.email` is stored.
    email: Mapped[str] = mapped_column(String(255))
    role: Mapped[MembershipRole] = mapped_column(enum_type(MembershipRole), default=MembershipRole.MEMBER)
    invited_by: Mapped[str] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(32), unique=True, default=new_code)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()


class NotificationAddress(Timestamped, Base):
    """A further e-mail address, not a member's, that gets the account's notifications once its owner has agreed."""

    __tablename__ = "notification_address"
    __table_args__ = (UniqueConstraint("account_id", "email"),)

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(32), unique=True, default=new_code)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()


class SignedIn(Timestamped, Base):
    """One browser in which a person is signed in.

    `mark` is derived from the secret that all sessions of a person share (`fs_uniquifier`). When that secret is
    changed, all cookies with the old one are void, and so are the rows with the old mark.
    """

    __tablename__ = "signed_in"

    id: Mapped[RowId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code: Mapped[str] = mapped_column(String(32), unique=True, default=new_code)
    mark: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(400), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()


class MailStop(Timestamped, Base):
    """A mailbox to which no invitation and no question is sent any more, at its owner's wish.

    The address itself is not kept: somebody who asks to be left alone need not be known by name.
    """

    __tablename__ = "mail_stop"

    id: Mapped[RowId]
    #: SHA-256 of the address in the form in which it is compared, in hexadecimal digits.
    address_hash: Mapped[str] = mapped_column(String(64), unique=True)
