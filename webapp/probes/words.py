"""What e-mails say of a live name that stopped working, works again, or whose certificate ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from webapp.messages.formatting import clock, date
from webapp.messages.sentences import probes
from webapp.messages.sentences.certificates import nested
from webapp.models import NotificationKind


class Draft(Protocol):
    """What an e-mail knows. `told`: the sentence of its notification."""

    name: str
    told: str
    contact: str

    @property
    def news(self) -> Any: ...


def _not_live(draft: Draft) -> Sequence[str]:
    params = draft.news.message.params
    seen, since = nested(params["seen"]), datetime.fromisoformat(params["since"])
    stopped = f"{draft.name} has not worked from outside since {clock(since)}."
    found = probes.explanation_of(seen)
    return (stopped, *((found.sentence(seen.params), found.next_step(seen.params)) if found else ()))


def _calm(_: Draft) -> Sequence[str]:
    calm = (
        "The name is verified as before, and whoever reaches us is served. We check again by ourselves, and write "
        "once more when it works."
    )
    return (calm,)


def _certificate_ends(draft: Draft) -> Sequence[str]:
    step = (
        "If you get this certificate yourself, or a service of yours before us does, have it renewed. If we get it, "
        f"look on the page of the domain for what keeps it from being renewed, or contact {draft.contact}."
    )
    return (f"{draft.told} After that browsers refuse the name.", step)


def _issued_by(draft: Draft) -> Sequence[str]:
    issuer = draft.news.message.params["issuer"]
    return (f"It was issued by {issuer}." if issuer else "",)


def _ends_on(draft: Draft) -> str:
    return date(datetime.fromisoformat(draft.news.message.params["ends"]))


SUBJECTS: dict[NotificationKind, Callable[[Any], str]] = {
    NotificationKind.NOT_LIVE: lambda draft: f"Action needed: visitors do not reach {draft.name}",
    NotificationKind.LIVE_AGAIN: lambda draft: f"Works again: visitors reach {draft.name}",
    NotificationKind.CERTIFICATE_ENDS: lambda draft: (
        f"Ends on {_ends_on(draft)}: the certificate of {draft.name}"
    ),
}
BODIES: dict[NotificationKind, Callable[[Any], Sequence[str]]] = {
    NotificationKind.NOT_LIVE: _not_live,
    NotificationKind.LIVE_AGAIN: lambda draft: (f"{draft.told} Nothing is needed from you.",),
    NotificationKind.CERTIFICATE_ENDS: _certificate_ends,
}
#: What stands below.
DETAILS: dict[NotificationKind, Callable[[Any], Sequence[str]]] = {
    NotificationKind.NOT_LIVE: _calm,
    NotificationKind.CERTIFICATE_ENDS: _issued_by,
}
