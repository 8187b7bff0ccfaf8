"""Sentences about hosted zones, their records and their removal, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def _undelegated(params: Mapping[str, Any]) -> str:
    where = params["parent"] or "The parent zone"
    return f"{where} does not list our name servers for {params['name']} any more."


def _set_known(params: Mapping[str, Any]) -> str:
    servers = ", ".join(params["servers"])
    return f"A fresh zone got {servers}, which the parent listed already; we took another."


def _foreign(params: Mapping[str, Any]) -> str:
    held = f"The {params['type']} record set of {params['name']} holds {', '.join(params['values'])}"
    return f"{held}, which we did not write; it was left alone."


SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    # What keeps a zone from being made.
    "zone.all-listed": (
        "The zone above {name:shown} already lists so many name servers of Route 53 that every set we were given "
        "today was among them. We try again tomorrow. If you have such records there, delete them."
    ),
    "zone.parent-silent": (
        "The name servers above {name:shown} did not answer yet, so we could not check what is there now."
    ),
    # What happens while it is made.
    "zone.not-prepared": "We could not prepare the zone yet: {problem:said}",
    "zone.set-known": _set_known,
    "zone.reference-spent": (
        "AWS took our request for a zone and shows none, so we asked for another. ({problem:said})"
    ),
    "zone.ready": "The four name servers for {name:shown} are ready.",
    # What happens to it afterwards.
    "zone.lost": "The zone of {name:shown} is gone. We look into it.",
    "zone.renewed": "{name:shown} gets a new zone with four new name servers.",
    "zone.renewed-alone": (
        "{name:shown} gets a new zone with four new name servers. "
        "It was gone in two comparisons with AWS, and nothing is served at the name."
    ),
    "zone.adopted": "{name:shown} got zone {zone}, which was at AWS and not known here.",
    "zone.orphan-deleted": "Zone {zone} of {name:shown}, which was at AWS and not known here, was deleted.",
    # Its records.
    "records.not-ours": "Zone {zone} is gone or not ours; it was left alone.",
    "records.foreign": _foreign,
    "records.not-written": "The records in the zone of {name:shown} could not all be written yet: {problem:said}",
    "records.leading": "Our name servers now lead visitors of {name:shown} to us.",
    "records.not-leading": "Our name servers no longer lead visitors of {name:shown} to us.",
    # Its end.
    "zone.look-fault": (
        "A check of the parent of {name:shown} met a fault of ours; the log has it as look.fault."
    ),
    "zone.undelegated": _undelegated,
    "zone.deleted": "The zone of {name:shown} was deleted.",
    "zone.given-up": "Staff gave up the zone of {name:shown} before its records were gone.",
    "zone.gone-replaced": "The zone of {name:shown} was gone at AWS, so we asked for another.",
    "removal.finished": "{name:shown} was removed.",
    "removal.taken-back": "The removal of {name:shown} was taken back. We check for the same records again.",
}
