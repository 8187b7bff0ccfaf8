"""Trouble on request: operations of the pretended AWS that refuse, take long, or lose their answer."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from webapp.sandbox.shared.environment import Listener

ANY_OPERATION = "*"
DNS_OUTCOMES = ("silent", "SERVFAIL", "REFUSED")
_STATUS = {"InternalFailure": 500, "InternalError": 500, "ServiceUnavailable": 503, "AccessDenied": 403}


class FaultError(ValueError):
    """A description of a fault that cannot be understood. The message is a sentence."""


@dataclass(frozen=True)
class Fault:
    """One kind of trouble for the next `times` calls of an operation (“*” is every operation).

    `when` “before” refuses without doing anything; “after” does the operation and then hides its answer.
    `drop` closes the connection in place of an answer. Without code and drop the call is only delayed.
    """

    operation: str = ANY_OPERATION
    code: str = ""
    message: str = "Rate exceeded"
    status: int = 0
    when: str = "before"
    drop: bool = False
    delay_seconds: float = 0
    times: int = 1

    @classmethod
    def from_json(cls, given: Any) -> Fault:
        if not isinstance(given, dict) or not given.keys() <= cls.__dataclass_fields__.keys():
            raise FaultError(f"A fault is a JSON object of {', '.join(cls.__dataclass_fields__)}.")
        for key, value in given.items():
            if not isinstance(value, (int, float) if key == "delay_seconds" else type(getattr(cls, key))):
                raise FaultError(f"{key} cannot be {value!r}.")
        fault = cls(**given)
        if fault.when not in {"before", "after"}:
            raise FaultError("when is “before” or “after”.")
        return replace(fault, status=fault.status or _STATUS.get(fault.code, 400))


@dataclass
class Controls:
    """The switches that a test may set while the server runs. They are lost when it ends."""

    in_sync_seconds: float = 2.0
    zone_limit: int = 500
    #: How long the description of a certificate lacks its CNAME, and when ACM gives up looking for that.
    certificate_record_seconds: float = 2.0
    certificate_timeout_seconds: float = 72 * 3600.0
    _faults: list[Fault] = field(default_factory=list)
    _dns_outcomes: dict[Listener, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def listed(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def set_dns_outcome(self, listener: Listener, outcome: str) -> None:
        """Let every server behind a port do the same to every question; "" lets them answer again."""
        if outcome not in {"", *DNS_OUTCOMES}:
            raise FaultError(f"A name server can be {', '.join(DNS_OUTCOMES)}, or “” to answer again.")
        self._dns_outcomes[listener] = outcome

    def dns_outcome(self, listener: Listener) -> str:
        return self._dns_outcomes.get(listener, "")

    def take(self, operation: str, *, named: bool = False) -> Fault | None:
        """The first fault for this operation, used up by one. `named`: one for every operation does not count."""
        with self._lock:
            for at, fault in enumerate(self._faults):
                if fault.operation == operation or (fault.operation == ANY_OPERATION and not named):
                    left = replace(fault, times=fault.times - 1)
                    self._faults[at : at + 1] = [left] if left.times > 0 else []
                    return fault
        return None
