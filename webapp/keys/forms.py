"""The form of a new key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from wtforms import BooleanField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length

from webapp.keys.access import scopes
from webapp.keys.services import Wanted
from webapp.web.forms import Form, free_text

_DAYS = (30, 90, 365)
NEVER = "never"
#: What the rows of the form are called.
_RESOURCES = {
    "accounts": "Account",
    "keys": "API keys",
    "llm-clients": "LLM clients",
    "domains": "Domains and checks",
    "events": "Events",
    "webhooks": "Webhooks",
    "handover-links": "Hand-over links",
    "transfers": "Transfers",
    "imports": "Imports",
}


@dataclass(frozen=True)
class Box:
    """A tick box. `words` are what a screen reader says of it."""

    scope: str
    words: str


@dataclass(frozen=True)
class Row:
    """A resource with its boxes; `change` is None where nothing can be written."""

    words: str
    read: Box
    change: Box | None


class NewKeyForm(Form):
    name = StringField(
        "Name",
        description="What uses the key, for example “Billing server”.",
        validators=[
            DataRequired("Enter a name, so that you know later what uses the key."),
            Length(max=100, message="Keep the name below 100 characters."),
            free_text,
        ],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"autocomplete": "off"},
    )
    scopes = SelectMultipleField("What it may do", choices=[SelectChoice(one, one) for one in scopes.ALL])
    expires = SelectField(
        "Expires",
        description="Replace it before then, or your program stops. A key that leaked is worth nothing after it.",
        choices=[
            *(SelectChoice(str(days), f"In {days} days") for days in _DAYS),
            SelectChoice(NEVER, "Never"),
        ],
        default="90",
    )
    is_test = BooleanField(
        "Test key",
        description="For trying out. It reaches names below .test and .example, and changes no LLM client of yours.",
    )

    def wanted(self, now: datetime) -> Wanted:
        days = None if self.expires.data == NEVER else int(self.expires.data)
        ends = None if days is None else now + timedelta(days=days)
        return Wanted(self.name.data or "", self.scopes.data or [], ends, bool(self.is_test.data))


def in_words(given: Iterable[str]) -> list[str]:
    """Scopes as the form calls them: “Read everything”, “Change: LLM clients”."""
    known = {one.scope: one.words for row in rows() for one in (row.read, row.change) if one is not None}
    return [known.get(scope, scope) for scope in given]


def rows() -> Iterator[Row]:
    """The tick boxes of the form. The first row is everything, also what comes with later releases."""
    yield Row("Everything", Box(scopes.READ, "Read everything"), Box(scopes.WRITE, "Change everything"))
    for resource, words in _RESOURCES.items():
        write = f"{resource}:write"
        change = Box(write, f"Change: {words}") if write in scopes.ALL else None
        yield Row(words, Box(f"{resource}:read", f"Read: {words}"), change)
