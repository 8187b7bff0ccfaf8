"""Templates of sentences, whose fields are parameters of a message.

`{name:shown}` shows a domain name, `{at:clock}` and `{at:day}` a time, `{names:listed}` a list.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from webapp.messages.formatting import clock, day, shown


def listed(values: list[str]) -> str:
    """The items joined as in prose: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)


SPECS: dict[str, Callable[[Any], str]] = {
    "shown": shown,
    "clock": lambda value: clock(datetime.fromisoformat(value)),
    "day": lambda value: day(datetime.fromisoformat(value)),
    "listed": listed,
}


class Template(string.Formatter):
    """Fills templates in. `specs`: further format specs beside ours and Python's."""

    def __init__(self, **specs: Callable[[Any], str]) -> None:
        self._specs = SPECS | specs

    def fill(self, template: str, params: Mapping[str, Any]) -> str:
        """Raises KeyError for a missing parameter."""
        return self.vformat(template, (), params)

    def format_field(self, value: Any, format_spec: str) -> str:
        say = self._specs.get(format_spec)
        return say(value) if say is not None else str(super().format_field(value, format_spec))
