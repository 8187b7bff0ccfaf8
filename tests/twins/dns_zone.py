"""A zone in memory, answering as an authoritative server does. For tests; see `tests.twins.dns`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from webapp.dns import name_arithmetic
from webapp.dns.records import RecordSet

_NAMES = {"NS", "CNAME", "DNAME", "PTR"}


@dataclass(frozen=True)
class Response:
    """A message: response code, AA, the sections and RA."""

    rcode: str = "NOERROR"
    authoritative: bool = False
    answer: tuple[RecordSet, ...] = ()
    authority: tuple[RecordSet, ...] = ()
    additional: tuple[RecordSet, ...] = ()
    recursive: bool = False


@dataclass
class MemoryZone:
    """The record sets of a zone. `negative_ttl` is the MINIMUM of its SOA."""

    apex: str
    negative_ttl: int = 900
    _sets: dict[tuple[str, str], RecordSet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.put(self.apex, "SOA", f"ns.example. host.example. 1 7200 900 1209600 {self.negative_ttl}")

    @property
    def soa(self) -> RecordSet:
        return self._sets[self.apex, "SOA"]

    def put(self, name: str, rdtype: str, *values: str, ttl: int = 3600) -> None:
        """Makes the record set that of `values`; without values it is deleted."""
        name = name_arithmetic.canonical(name)
        if rdtype in _NAMES:
            values = tuple(map(name_arithmetic.canonical, values))
        self._sets.pop((name, rdtype), None)
        if values:
            self._sets[name, rdtype] = RecordSet(name, rdtype, ttl, tuple(sorted(values)))

    def copy(self) -> MemoryZone:
        return MemoryZone(self.apex, self.negative_ttl, dict(self._sets))

    def answer(self, name: str, rdtype: str) -> Response:
        """What the zone says about a name at or below its apex."""
        path = [*reversed(name_arithmetic.between(name, self.apex)), name]
        for owner in (self.apex, *path):
            dname = self._sets.get((owner, "DNAME"))
            if dname and owner != name:
                return self._redirected(name, dname)
            cut = self._sets.get((owner, "NS"))
            if cut and owner != self.apex and not (owner == name and rdtype == "DS"):
                return Response(authority=(cut,))
        return self._at(name, rdtype)

    def _at(self, name: str, rdtype: str) -> Response:
        node = name if self._exists(name) else self._wildcard_for(name)
        if node is None:
            return self._negative("NXDOMAIN")
        for kind in ("CNAME", rdtype):
            found = self._sets.get((node, kind))
            if found:
                return Response(authoritative=True, answer=(replace(found, name=name),))
        return self._negative("NOERROR")

    def _exists(self, name: str) -> bool:
        return any(name_arithmetic.at_or_below(owner, name) for owner, _ in self._sets)

    def _wildcard_for(self, name: str) -> str | None:
        """The wildcard at the closest name above that exists (RFC 4592, 3.3.1)."""
        for ancestor in (*name_arithmetic.between(name, self.apex), self.apex):
            if self._exists(ancestor):
                wildcard = name_arithmetic.join("*", ancestor)
                return wildcard if wildcard and self._exists(wildcard) else None
        return None

    def _redirected(self, name: str, dname: RecordSet) -> Response:
        target = name_arithmetic.join(name_arithmetic.relative(name, dname.name), dname.values[0]) or "."
        made_up = RecordSet(name, "CNAME", dname.ttl, (target,))
        return Response(authoritative=True, answer=(dname, made_up))

    def _negative(self, rcode: str) -> Response:
        return Response(rcode, authoritative=True, authority=(self.soa,))
