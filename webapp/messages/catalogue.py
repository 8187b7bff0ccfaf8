"""Every stored code and its sentence.

A sentence is a template whose fields are parameters of the message. `{name:shown}` shows a domain name,
`{at:clock}` and `{at:day}` a time, `{names:listed}` a list, `{problem:said}` a message that is itself a parameter.
A code whose sentence no template can make has a function of the parameters instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.messages.formatting.templates import Template
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
    return known(message.params) if callable(known) else _TEMPLATE.fill(known, message.params)


def event_sentence(event: Event) -> str:
    """The sentence of an event. Rows of releases that stored sentences keep their own."""
    if event.message is None:
        return event.legacy_sentence or event.kind.value
    return sentence(event.message)


_TEMPLATE = Template(said=lambda value: sentence(Message(value["code"], value["params"])))
