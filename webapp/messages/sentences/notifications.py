"""Sentences of notifications, and of e-mails that the mail server did not take, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from webapp.messages.formatting import clock, last_chance, shown
from webapp.messages.sentences.certificates import explained

#: The code for sentences of releases that stored no codes.
LEGACY = "notification.legacy"


def _last_warning(params: Mapping[str, Any]) -> str:
    last = last_chance(timedelta(hours=params["warning_hours"]))
    until = clock(datetime.fromisoformat(params["grace_until"]))
    name = shown(params["name"])
    return f"The {last}: {name} does not pass our checks, and is switched off on {until} unless the records return."


def _suspended(params: Mapping[str, Any]) -> str:
    return f"{shown(params['name'])} was suspended by staff: {_reason(params)}."


def _released(params: Mapping[str, Any]) -> str:
    served = " and is served again" if params["served"] else ""
    return f"{shown(params['name'])} was released by staff{served}: {_reason(params)}."


def _verified(params: Mapping[str, Any]) -> str:
    """Earlier releases named no method: there was one."""
    records = "name server records" if params.get("method", "delegation") == "delegation" else "records"
    since = clock(datetime.fromisoformat(params["since"]))
    return f"{shown(params['name'])} is verified: since {since} its {records} lead to us."


def _removed(params: Mapping[str, Any]) -> str:
    zone = (
        ", and our name servers answer for it no more"
        if params.get("method", "delegation") == "delegation"
        else ""
    )
    return f"{shown(params['name'])} is removed{zone}."


def _reason(params: Mapping[str, Any]) -> str:
    """The reason without its full stop: staff write one or leave it out."""
    return str(params["reason"]).rstrip(".")


SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    LEGACY: "{sentence}",
    "notification.verified": _verified,
    "notification.failing": (
        "{name:shown} has not passed our checks since {contrary_since:clock}. It is switched off on "
        "{grace_until:clock} unless the records return."
    ),
    "notification.failing-halfway": (
        "Half of the time is over: {name:shown} does not pass our checks, and is switched off on {grace_until:clock} "
        "unless the records return."
    ),
    "notification.failing-last-day": _last_warning,
    "notification.lapsed": "{name:shown} is switched off, because it did not lead back to us in time.",
    "notification.contested": (
        "Another account has proved by its records that {name:shown} is theirs. The name moves there after "
        "{from:clock}, unless a check finds your records again."
    ),
    "notification.moved-away": (
        "{name:shown} moved to another account, and is switched off here: two checks found the records of that "
        "account and not yours."
    ),
    "notification.recovered": "{name:shown} leads to us again. It had not since {contrary_since:clock}.",
    "notification.expired": (
        "We stopped checking the records of {name:shown}, which have not been right since {since:clock}."
    ),
    "notification.removed": _removed,
    "notification.kept": (
        "{name:shown} is kept: its removal was taken back. It is served once a check finds its records."
    ),
    "notification.action-needed": (
        "{name:shown} still waits for its records; we stop checking for them on {pending_until:clock}."
    ),
    "notification.wrong-answer": "The records of {name:shown} are not right yet.",
    "notification.whole-domain": (
        "{zone:shown} was led to our name servers as a whole, which puts its site and mail in danger."
    ),
    "notification.whole-domain-over": "{zone:shown} is not led to our name servers any more.",
    "notification.handed-over": (
        "All records of {name:shown} are there. You sent a link to them to {made_for:listed}."
    ),
    "notification.certificate-trouble": explained,
    "notification.on-hold": _suspended,
    "notification.released": _released,
    "mail.not-taken": "The mail server {server} does not take mail: {said}",
    "mail.answered": "The mail server {server} answered {reply} {said}",
    "mail.unwritable": "No mail can be written to this address: {said}",
}
