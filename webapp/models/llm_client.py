"""LLM clients: what a customer runs, such as a chat bot, an assistant, a function-calling API."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from webapp.models.account import Account
from webapp.models.base import Base, RowId, Saved, Timestamped, ValidationError, enum_type
from webapp.models.base.free_text import fault_in

if TYPE_CHECKING:
    from webapp.models.custom_domain import LLMClientCustomDomain


class DnsVerificationStatus(StrEnum):
    """How the DNS of an LLM client's custom domain stands."""

    NONE = "none"
    VERIFYING = "verifying"
    VERIFIED = "verified"
    FAILED = "failed"


class TlsStatus(StrEnum):
    """How the certificate of an LLM client's custom domain stands."""

    NONE = "none"
    REQUESTED = "requested"
    ISSUED = "issued"
    FAILED = "failed"


def host_label(name: str) -> str:
    """`name` as one DNS label: ASCII letters, digits and hyphens, 1 to 63 of them (RFC 1123, 2.1)."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:63].strip("-") or "client"


class LLMClient(Saved, Timestamped, Base):
    """An LLM client. It is served at its default host and, while that is verified, at its custom domain."""

    __tablename__ = "llm_client"
    __table_args__ = (
        UniqueConstraint("account_id", "label"),
        UniqueConstraint("custom_domain_id"),
    )

    #: The domain below which default hosts are; set by `bind_models`.
    platform_domain: ClassVar[Callable[[], str]]

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    name: Mapped[str] = mapped_column(String(100))
    label: Mapped[str] = mapped_column(String(63))
    deployed: Mapped[bool] = mapped_column(default=False)
    #: Made by a test key. Test keys change no other.
    is_test: Mapped[bool] = mapped_column(default=False, server_default=false())
    custom_domain_id: Mapped[int | None] = mapped_column(
        ForeignKey("llm_client_custom_domain.id", ondelete="SET NULL")
    )
    tls_certificate_issuance_status: Mapped[TlsStatus] = mapped_column(
        enum_type(TlsStatus), default=TlsStatus.NONE
    )

    account: Mapped[Account] = relationship(back_populates="llm_clients")
    custom_domain: Mapped[LLMClientCustomDomain | None] = relationship(back_populates="llm_client")

    @validates("name")
    def _label_follows_first_name(self, _key: str, value: str) -> str:
        """Set the label from the first name. A later rename keeps it, because people have bookmarked the address."""
        if not value.strip():
            raise ValidationError("name", "Enter a name for the LLM client.")
        if fault := fault_in(value):
            raise ValidationError("name", fault)
        if not self.label:
            self.label = host_label(value)
        return value.strip()

    @property
    def dns_verification_status(self) -> DnsVerificationStatus:
        domain = self.custom_domain
        if domain is None:
            return DnsVerificationStatus.NONE
        if domain.is_verified:
            return DnsVerificationStatus.VERIFIED
        return DnsVerificationStatus.VERIFYING if domain.state == "pending" else DnsVerificationStatus.FAILED

    @property
    def default_host(self) -> str:
        """For example `sales.1234-5678-9012.api.platform.example`."""
        return default_host_of(self.label, self.account.number)

    @property
    def custom_host(self) -> str | None:
        """The custom domain's name once it is verified, as an A-label."""
        domain = self.custom_domain
        return domain.domain_name if domain is not None and domain.is_verified else None

    @property
    def hostname(self) -> str:
        return self.custom_host or self.default_host

    @property
    def url(self) -> str:
        return f"https://{self.hostname}/"

    def __repr__(self) -> str:
        return f"<LLMClient {self.id} {self.label}>"


def default_host_of(label: str, account_number: str) -> str:
    """Without the object, for lists that read columns alone."""
    return f"{label}.{account_number}.api.{LLMClient.platform_domain()}"
