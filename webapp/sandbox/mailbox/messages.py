"""The e-mails that Nameplate wrote to files instead of sending them.

Flask-Mailman writes one file per connection, in which each message (RFC 5322) is followed by a line of 79 hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

DIRECTORY = "mail"
#: How many a mailbox shows; older ones stay in their files.
SHOWN = 200

_END = b"\n" + b"-" * 79 + b"\n"
_FILE = re.compile(r"[\w-]{1,60}\.log")


@dataclass(frozen=True)
class Email:
    """`file` and `place`, from 0 in the file, say which one it is; `sent_at` is in UTC."""

    file: str
    place: int
    to: str
    sender: str
    subject: str
    sent_at: datetime
    text: str


def newest(directory: Path, to: str = "") -> list[Email]:
    """The newest first, at most `SHOWN`; with `to`, those to this address."""
    found: list[Email] = []
    for path in sorted(_files(directory), key=_changed_at, reverse=True):
        emails = [one for one in _in_file(path) if not to or one.to.casefold() == to.casefold()]
        found += reversed(emails)
        if len(found) >= SHOWN:
            break
    # E-mails have whole seconds: those of one second stay in the order in which they were found.
    return sorted(found, key=lambda one: one.sent_at, reverse=True)[:SHOWN]


def one_of(directory: Path, file: str, place: int) -> Email | None:
    if _FILE.fullmatch(file) is None:
        return None
    return next((one for one in _in_file(directory / file) if one.place == place), None)


def _files(directory: Path) -> Iterator[Path]:
    try:
        yield from (path for path in directory.iterdir() if _FILE.fullmatch(path.name))
    except (FileNotFoundError, NotADirectoryError):
        return


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0


def _in_file(path: Path) -> Iterator[Email]:
    """The whole ones. What follows the last line of hyphens is still being written."""
    try:
        *whole, _ = path.read_bytes().split(_END)
    except FileNotFoundError:
        return
    for place, raw in enumerate(whole):
        message = message_from_bytes(raw, policy=default)
        body = message.get_body(("plain",))
        yield Email(
            file=path.name,
            place=place,
            to=str(message["To"] or ""),
            sender=str(message["From"] or ""),
            subject=str(message["Subject"] or ""),
            sent_at=_sent_at(message, path),
            text=str(body.get_content()) if body is not None else "",
        )


def _sent_at(message: EmailMessage, path: Path) -> datetime:
    try:
        sent_at = parsedate_to_datetime(str(message["Date"]))
    except ValueError:
        return datetime.fromtimestamp(_changed_at(path), UTC)
    # The zone “-0000”, which Flask-Mailman writes, is UTC, and is read as none (RFC 5322, 3.3).
    return sent_at.astimezone(UTC) if sent_at.tzinfo else sent_at.replace(tzinfo=UTC)
