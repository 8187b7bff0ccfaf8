"""What was answered lately, in a bounded room of the process."""

from __future__ import annotations

from threading import Lock
from typing import Generic, TypeVar

V = TypeVar("V")


class Room(Generic[V]):
    """Values by name, twice `size` at most. What was asked for since the room was last half emptied stays.

    Two generations: who is found in the older one moves to the younger, and when that is full, it becomes the older
    one, whose names nobody asked for are forgotten. Whoever calls `put` or `drop` holds `lock`.
    """

    def __init__(self, size: int, lock: Lock) -> None:
        self._size, self._lock = size, lock
        self._young: dict[str, V] = {}
        self._old: dict[str, V] = {}

    def get(self, name: str) -> V | None:
        found = self._young.get(name)
        if found is None and name in self._old:
            with self._lock:
                found = self._old.pop(name, None)
                if found is not None:
                    self._put(name, found)
        return found

    def seen(self, name: str) -> V | None:
        """As `get`, and nothing moves: to look is not to ask for it."""
        return self._young.get(name) or self._old.get(name)

    def put(self, name: str, value: V) -> None:
        self._old.pop(name, None)
        self._put(name, value)

    def drop(self, name: str) -> None:
        self._young.pop(name, None)
        self._old.pop(name, None)

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def _put(self, name: str, value: V) -> None:
        if len(self._young) >= self._size and name not in self._young:
            self._old, self._young = self._young, {}
        self._young[name] = value
