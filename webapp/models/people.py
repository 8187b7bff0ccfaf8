"""How people come into an account, where else its news goes, and from where each of them is signed in."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.account import Account, MembershipRole, User
from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, enum_type


def new_code() -> str:
    """What stands, signed, in a mailed link. A row that is deleted takes its links with it."""
    return secrets.token_hex(16)


class Invitation(Timestamped, Base):
    """Somebody is asked into an account. The row goes when they come or when it is withdrawn."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("account_id", "email"),)

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    #: In the form in which addresses of people who sign in are stored.
    email: Mapped[str] = mapped_column(String(255))
    role: Mapped[MembershipRole] = mapped_column(enum_type(MembershipRole), default=MembershipRole.MEMBER)
    invited_by: Mapped[str] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(32), unique=True, default=new_code)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()


class NotificationAddress(Timestamped, Base):
    """A mailbox beside those of the members that is told of an account's domains, once its owner has agreed."""

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

    `mark` stands for the secret that all sign-ins of a person share (`fs_uniquifier`). When that is changed, every
    cookie with the old one is worth nothing, and so are the rows with the old mark.
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
    """A mailbox to which nobody's invitation or question is sent any more, at its owner's wish.

    The address itself is not kept: whoever asks to be left alone need not be remembered by name.
    """

    __tablename__ = "mail_stop"

    id: Mapped[RowId]
    #: SHA-256 of the address in the form in which it is compared, in hexadecimal digits.
    address_hash: Mapped[str] = mapped_column(String(64), unique=True)
