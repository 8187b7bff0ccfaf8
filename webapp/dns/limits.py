"""How much one check may ask and how long it may take, whatever the servers do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The caps of one check. Without them a parent zone could be made to multiply our queries (NXNSAttack)."""

    queries: int = 60
    seconds: float = 20.0
    name_servers: int = 13
    addresses_per_family: int = 2
    chain_steps: int = 16
    tries: int = 2
    server_try_seconds: float = 1.5
    #: A recursive resolver has servers of its own to wait for.
    resolver_try_seconds: float = 2.5


class Budget:
    """Counts the packets of one check; a retry is a packet too."""

    def __init__(self, queries: int) -> None:
        self.left = queries

    def spend(self) -> bool:
        """Takes one query out of the budget; False when none is left, and then nothing may be sent."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True
