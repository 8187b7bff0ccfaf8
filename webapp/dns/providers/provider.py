"""What is known of one DNS provider: how it is recognised, and its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from webapp.dns.providers.addresses import MANUALS, PANELS

#: “parts”: a record for each value. “set”: one record that holds all values, one on each line or in a field each.
#: “lines”: the empty form takes all values, one on each line, and makes a record of each.
Form = Literal["parts", "set", "lines"]


@dataclass(frozen=True)
class Provider:
    """`way` leads from signing in to the list of records, `add` from there to the empty form; `traps` are what goes
    wrong at this provider and nowhere else.

    `{zone}`, `{name}` and `{host}` in its sentences stand for the parent zone, the short and the full name.
    `final_dot`: a value without a final dot would get the zone's name appended. `save` is the button of a new record,
    and `save_edit` that of one which was there; empty where we do not know it.
    """

    id: str
    name: str
    servers: re.Pattern[str]
    way: tuple[str, ...]
    add: str
    name_label: str
    value_label: str
    form: Form = "parts"
    type_choice: str = "NS"
    save: str = "Save"
    save_edit: str = "Save"
    final_dot: bool = False
    traps: tuple[str, ...] = ()

    @property
    def panel(self) -> str:
        """The address of its own page of domains or zones; empty where we know none that fits all customers."""
        return PANELS.get(self.id, "")

    @property
    def manual(self) -> str:
        """The address of its own instructions, or empty."""
        return MANUALS.get(self.id, "")


#: A name server that is nobody's.
_NOBODY = re.compile(r"(?!)")
#: The words for a provider that we do not know.
PLAIN = Provider(
    "",
    "your DNS provider",
    _NOBODY,
    ("Sign in to the provider that manages the DNS of {zone}.", "Open the list of its DNS records."),
    "Add a record.",
    "Name",
    "Value",
)


def under(*suffixes: str) -> re.Pattern[str]:
    """Name servers below one of these domains."""
    return re.compile(rf"(?:.+\.)?(?:{'|'.join(map(re.escape, suffixes))})")
