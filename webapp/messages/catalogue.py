"""Every stored code and its sentence.

A sentence is a template whose fields are parameters of the message. `{name:shown}` shows a domain name,
`{at:clock}` and `{at:day}` a time, `{names:listed}` a list, `{problem:said}` a message that is itself a parameter.
A code whose sentence no template can make has a function of the parameters instead.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from webapp.messages.formatting import clock, day, shown
from webapp.messages.sentences import (
    certificates,
    events,
    findings,
    health,
    imports,
    notifications,
    probes,
    targets,
    zones,
)
from webapp.models import Event, Message

Sentence = str | Callable[[Mapping[str, Any]], str]

CATALOGUE: dict[str, Sentence] = {
    # Sentences of releases that stored no codes.
    "legacy": "{sentence}",
    **certificates.SENTENCES,
    **events.SENTENCES,
    **findings.SENTENCES,
    **health.SENTENCES,
    **imports.SENTENCES,
    **notifications.SENTENCES,
    **probes.SENTENCES,
    **targets.SENTENCES,
    **zones.SENTENCES,
}


def sentence(message: Message) -> str:
    """The sentence of a message. Raises KeyError for a missing parameter.

    An unknown code is shown as it is. During an upgrade web nodes of two releases run, and one row of the newer
    release would otherwise make a whole page an error on the older ones.
    """
    known = CATALOGUE.get(message.code)
    if known is None:
        return message.code
    return known(message.params) if callable(known) else _FORMATTER.vformat(known, (), message.params)


def event_sentence(event: Event) -> str:
    """The sentence of an event. Rows of releases that stored sentences keep their own."""
    if event.message is None:
        return event.legacy_sentence or event.kind.value
    return sentence(event.message)


class _Formatter(string.Formatter):
    """A formatter with our own format specs beside Python's."""

    def format_field(self, value: Any, format_spec: str) -> str:
        say = _SPECS.get(format_spec)
        return say(value) if say is not None else str(super().format_field(value, format_spec))


def listed(values: list[str]) -> str:
    """The items joined as in prose: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


_SPECS: dict[str, Callable[[Any], str]] = {
    "shown": shown,
    "clock": lambda value: clock(datetime.fromisoformat(value)),
    "day": lambda value: day(datetime.fromisoformat(value)),
    "listed": listed,
    "said": lambda value: sentence(Message(value["code"], value["params"])),
}
_FORMATTER = _Formatter()
