"""E-mail: its settings, how people reach those who run Nameplate, and Flask-Mailman's configuration from one URL."""

from __future__ import annotations

from email.utils import parseaddr
from functools import cache
from urllib.parse import quote, unquote, urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from webapp.config import values

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def mail_config(url: str, sender: str) -> dict[str, object]:
    """Flask-Mailman's configuration from one URL; `console:` and `file:DIRECTORY` send nothing.

    A password is sent over TLS only.
    """
    parts = urlsplit(url)
    config: dict[str, object] = {"MAIL_DEFAULT_SENDER": sender, "MAIL_TIMEOUT": 10}
    if parts.scheme == "console":
        return {**config, "MAIL_BACKEND": "console"}
    if parts.scheme == "file":
        return {**config, "MAIL_BACKEND": "file", "MAIL_FILE_PATH": unquote(parts.path)}
    return {
        **config,
        "MAIL_BACKEND": "smtp",
        "MAIL_SERVER": parts.hostname,
        "MAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "MAIL_USERNAME": unquote(parts.username or "") or None,
        "MAIL_PASSWORD": unquote(parts.password or "") or None,
        "MAIL_USE_SSL": parts.scheme == "smtps",
        "MAIL_USE_TLS": parts.scheme == "smtp" and bool(parts.username) and parts.hostname not in _HERE,
    }


class MailSettings(BaseSettings):
    """`webapp.config.settings.Settings` has all of these as well."""

    mail_url: str = "console:"
    mail_from: str = "Nameplate <nameplate@localhost>"
    support_contact: str = ""
    mail_merge_minutes: float = Field(default=60, ge=0)
    wrong_answer_mail_minutes: float = Field(default=15, ge=0)
    pending_reminder_days: float = Field(default=3, gt=0)
    last_warning_hours: float = Field(default=24, gt=0)

    @property
    def contact(self) -> str:
        """Where people reach those who run this installation, as text: an e-mail address, or the URL of a page."""
        return self.support_contact or _address_in(self.mail_from)

    @property
    def contact_link(self) -> str:
        """The same as what a link leads to."""
        return link_to(self.contact)

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        return values.sender(value)

    @field_validator("support_contact")
    @classmethod
    def _contact(cls, value: str) -> str:
        return values.contact(value)


def link_to(contact: str) -> str:
    return contact if contact.startswith("https:") else f"mailto:{quote(contact, safe='@')}"


@cache
def _address_in(mail_from: str) -> str:
    """Kept, because taking it apart is a fifth of the time of a list of domains."""
    return parseaddr(mail_from)[1]
