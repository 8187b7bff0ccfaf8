"""What an authoritative server answers from one zone (RFC 1034 4.3.2, 2308, 4592, 6672, 8482). No input or output."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import cast

import dns.name
import dns.rcode
import dns.rdata
import dns.rrset
from dns.name import Name
from dns.rcode import Rcode
from dns.rdatatype import RdataType
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rrset import RRset

# Enough for every honest chain; a loop ends here.
MAX_CHAIN = 16
_MINIMAL_ANY = dns.rdata.from_text("IN", "HINFO", '"RFC8482" ""')


@lru_cache(maxsize=4096)
def parsed(kind: str, value: str) -> dns.rdata.Rdata:
    """A stored value. Remembered, because the same few are wanted for every question."""
    return dns.rdata.from_text("IN", kind, value)


def target_of(rdata: dns.rdata.Rdata) -> Name:
    """The name to which a CNAME leads."""
    return cast("CNAME", rdata).target


@dataclass(frozen=True)
class Reply:
    rcode: Rcode = dns.rcode.NOERROR
    authoritative: bool = False
    answer: tuple[RRset, ...] = ()
    authority: tuple[RRset, ...] = ()
    additional: tuple[RRset, ...] = ()

    @property
    def referral_to(self) -> Name | None:
        """The zone this reply only points to, when it is a referral."""
        if self.authoritative or self.answer or not self.authority:
            return None
        first = self.authority[0]
        return first.name if first.rdtype == RdataType.NS else None


@dataclass(frozen=True)
class Made:
    """Records that a server makes when it is asked for them. None: the name has no such records."""

    ttl: int
    rdatas: tuple[dns.rdata.Rdata, ...] = ()
    failed: bool = False


REFUSED = Reply(dns.rcode.REFUSED)
SERVFAIL = Reply(dns.rcode.SERVFAIL)


@dataclass
class Zone:
    """A zone's record sets. `add` puts one in; names in between come into being by themselves."""

    origin: Name
    _sets: dict[Name, dict[RdataType, RRset]] = field(default_factory=dict)
    _makers: dict[tuple[Name, RdataType], Callable[[], Made]] = field(default_factory=dict)
    _names: set[Name] = field(default_factory=set)

    def add(self, name: Name, kind: RdataType, ttl: int, rdatas: Iterable[dns.rdata.Rdata]) -> None:
        """Records of one name and type come together in one set, which has the lowest of their TTLs."""
        sets = self._sets.setdefault(name, {})
        known = sets.get(kind)
        new = dns.rrset.from_rdata_list(name, ttl, [*(known or ()), *rdatas])
        new.ttl = min(ttl, known.ttl) if known else ttl
        sets[kind] = new
        self.add_name(name)

    def add_name(self, name: Name) -> None:
        """Let a name exist without records (RFC 8020: then so do all above it)."""
        while name not in self._names:
            self._names.add(name)
            if name == self.origin:
                return
            name = name.parent()

    def add_maker(self, name: Name, kind: RdataType, make: Callable[[], Made]) -> None:
        """Records that are made when somebody asks for them, such as the addresses of another name."""
        self._makers[name, kind] = make
        self.add_name(name)

    def get(self, name: Name, kind: RdataType) -> RRset | None:
        return self._sets.get(name, {}).get(kind)

    def answer(self, name: Name, kind: RdataType) -> Reply:
        """The answer to a question for a name at or below the origin."""
        chain: list[RRset] = []
        while True:
            reply = self._step(name, kind)
            if chain and not reply.authoritative:
                # The chain leads out through a delegation: the rest is the resolver's work.
                return Reply(authoritative=True, answer=tuple(chain))
            chain.extend(reply.answer)
            target = _next_name(reply.answer, kind)
            if target is None or len(chain) > MAX_CHAIN or not target.is_subdomain(self.origin):
                return replace(reply, answer=tuple(chain))
            name = target

    def _step(self, name: Name, kind: RdataType) -> Reply:
        """One turn: the answer without following a CNAME."""
        for above in self._path_to(name):
            if above != self.origin and (cut := self.get(above, RdataType.NS)):
                at_parent_side = above == name and kind == RdataType.DS
                return self._here(name, kind) if at_parent_side else self._referral(cut)
            if above != name and (dname := self.get(above, RdataType.DNAME)):
                return _redirected(dname, name)
        return self._here(name, kind)

    def _path_to(self, name: Name) -> Iterator[Name]:
        """From the origin down to the name."""
        depth = len(name) - len(self.origin)
        return (Name(name.labels[depth - step :]) for step in range(depth + 1))

    def _referral(self, cut: RRset) -> Reply:
        glue = (self.get(rdata.target, kind) for rdata in cut for kind in (RdataType.A, RdataType.AAAA))
        return Reply(authority=(cut,), additional=tuple(rrset for rrset in glue if rrset))

    def _here(self, name: Name, kind: RdataType) -> Reply:
        source = name if name in self._names else self._wildcard(name)
        if source not in self._names:
            return self._negative(dns.rcode.NXDOMAIN)
        if kind == RdataType.ANY:
            return Reply(authoritative=True, answer=(dns.rrset.from_rdata(name, 3600, _MINIMAL_ANY),))
        if make := self._makers.get((source, kind)):
            made = make()
            if made.failed:
                return SERVFAIL
            found = dns.rrset.from_rdata_list(name, made.ttl, list(made.rdatas)) if made.rdatas else None
        else:
            found = self.get(source, kind) or self.get(source, RdataType.CNAME)
            if found and source != name:
                found = dns.rrset.from_rdata_list(name, found.ttl, list(found))
        return Reply(authoritative=True, answer=(found,)) if found else self._negative(dns.rcode.NOERROR)

    def _wildcard(self, name: Name) -> Name:
        """The name whose records answer for one that does not exist, if it exists itself (RFC 4592 3.3.1)."""
        encloser = name.parent()
        while encloser not in self._names:
            encloser = encloser.parent()
        return Name((b"*", *encloser.labels))

    def _negative(self, rcode: Rcode) -> Reply:
        """NXDOMAIN or NODATA, with the SOA whose TTL says for how long that may be remembered (RFC 2308 3)."""
        soa = self._sets[self.origin][RdataType.SOA]
        brief = dns.rrset.from_rdata_list(soa.name, min(soa.ttl, soa[0].minimum), list(soa))
        return Reply(rcode, authoritative=True, authority=(brief,))


def _next_name(answer: tuple[RRset, ...], kind: RdataType) -> Name | None:
    if not answer or answer[-1].rdtype != RdataType.CNAME or kind in {RdataType.CNAME, RdataType.ANY}:
        return None
    return target_of(answer[-1][0])


def _redirected(dname: RRset, name: Name) -> Reply:
    """A DNAME and the CNAME made from it; YXDOMAIN when the new name would be too long (RFC 6672 2.2)."""
    try:
        target = name.relativize(dname.name).concatenate(dname[0].target)
    except dns.name.NameTooLong:
        return Reply(dns.rcode.YXDOMAIN, authoritative=True, answer=(dname,))
    cname = parsed("CNAME", target.to_text())
    return Reply(authoritative=True, answer=(dname, dns.rrset.from_rdata(name, dname.ttl, cname)))
