"""The twin of the edge's zone at servers that take updates: what stands in it, and how it fails."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.dns.updates import UpdateError


class MemoryEdgeZone:
    """`names`: what each name has. `fault`: what every update ends with. `updates`: all that were carried out."""

    def __init__(self) -> None:
        self.names: dict[str, tuple[str, ...]] = {}
        self.fault: UpdateError | None = None
        self.updates: list[tuple[str, str]] = []
        self.asked = 0

    def publish(self, name: str, values: Iterable[str]) -> None:
        self._fail()
        self.updates.append(("publish", name))
        self.names[name] = tuple(values)

    def withdraw(self, name: str) -> None:
        self._fail()
        self.updates.append(("withdraw", name))
        self.names.pop(name, None)

    def _fail(self) -> None:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
