"""Whether CAA records (RFC 8659) let a certificate authority issue for a host.

`look_up` climbs from the host to the root and stops at the first CAA record set; `judge`, pure, reads it.
It asks recursive resolvers, as certificate authorities do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from webapp.dns import name_arithmetic
from webapp.dns.resolver import Dns
from webapp.dns.servers.inquiry import Inquiry

#: The names that Amazon’s authority accepts in an issue property; the first is the one to recommend (ACM User
#: Guide, “CAA”).
AMAZON = ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com")

_VALUE = re.compile(r'(\d{1,3})\s+([A-Za-z0-9]+)\s+(?:"((?:[^"\\]|\\.)*)"|(\S*))', re.DOTALL)
_ESCAPE = re.compile(r"\\(\d{3}|.)", re.DOTALL)
_KNOWN_TAGS = frozenset(
    {"issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone"}
)
_CRITICAL = 128


class CaaVerdict(StrEnum):
    ALLOWED = "CAA_ALLOWS"
    BLOCKED = "CAA_BLOCKS"
    #: A name on the way could not be asked, so nothing is known.
    UNKNOWN = "CAA_UNKNOWN"


@dataclass(frozen=True)
class CaaObservation:
    """What the climb found. `where`: the name whose record set decides, or the one that could not be asked.

    `values`: the record set in zone-file presentation, empty when there is none all the way up.
    """

    host: str
    where: str | None = None
    values: tuple[str, ...] = ()
    ttl: int | None = None
    outcome: str = ""


class CaaObstacle(StrEnum):
    """What is in the way of a certificate. Stable ids; `webapp.messages` has the sentences."""

    #: `where` could not be asked.
    UNKNOWN = "caa.unknown"
    #: The record set at `where` has a critical property that no authority knows (RFC 8659, 4.5).
    CRITICAL = "caa.critical"
    #: The record set at `where` allows other authorities, or none.
    RESTRICTED = "caa.restricted"


@dataclass(frozen=True)
class CaaJudgement:
    """`allows`: the authorities that may issue. `ttl`: seconds for which resolvers may cache the answer.

    A message is made of `obstacle` and `params`; without an obstacle there is none. The parameters are JSON values:
    `where` with all three, `outcome` (of the query) with UNKNOWN, `tag` (of the property) with CRITICAL, `allows`,
    `authority` (that is to be allowed) and `add` (the value of the record that would allow it) with RESTRICTED.
    """

    verdict: CaaVerdict
    where: str | None = None
    allows: tuple[str, ...] = ()
    ttl: int | None = None
    obstacle: CaaObstacle | None = None
    params: Mapping[str, str | list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Property:
    critical: bool
    tag: str
    value: str

    @property
    def issuer(self) -> str:
        """The domain name in front of the parameters; empty when the property forbids everybody."""
        return self.value.partition(";")[0].strip().lower().removesuffix(".")


async def look_up(host: str, dns: Dns) -> CaaObservation:
    """Finds the record set that decides for `host`. The resolver follows a CNAME at a name (RFC 8659, 3)."""
    inquiry = Inquiry(dns)
    for name in (host, *name_arithmetic.between(host, ".")):
        recursive = await inquiry.recurse(name, "CAA")
        answer = recursive.answer
        if recursive.bogus or not answer.outcome.answered:
            return CaaObservation(host, name, outcome="BOGUS" if recursive.bogus else answer.outcome.value)
        found = next((rs for rs in answer.answer if rs.type == "CAA"), None)
        if found:
            return CaaObservation(host, name, found.values, found.ttl, answer.outcome.value)
    return CaaObservation(host)


def judge(
    observation: CaaObservation, *, authorities: tuple[str, ...] = AMAZON, wildcard: bool = False
) -> CaaJudgement:
    """Row 17 of the verdict table. `wildcard`: for `*.host`, where issuewild comes before issue."""
    where = observation.where
    if where is None:
        return CaaJudgement(CaaVerdict.ALLOWED)
    if not observation.values:
        params = {"where": where, "outcome": observation.outcome}
        return CaaJudgement(CaaVerdict.UNKNOWN, where, obstacle=CaaObstacle.UNKNOWN, params=params)
    properties = [_read(value) for value in observation.values]
    issuers = _issuers(properties, wildcard=wildcard)
    allows, ttl = issuers or (), observation.ttl
    strange = sorted({p.tag for p in properties if p.critical and p.tag not in _KNOWN_TAGS})
    if strange:
        params = {"where": where, "tag": strange[0]}
        return CaaJudgement(CaaVerdict.BLOCKED, where, allows, ttl, CaaObstacle.CRITICAL, params)
    if issuers is None or set(allows) & set(authorities):
        return CaaJudgement(CaaVerdict.ALLOWED, where, allows, ttl)
    add = f'0 {"issuewild" if wildcard else "issue"} "{authorities[0]}"'
    facts = {"where": where, "authority": authorities[0], "add": add}
    restricted: dict[str, str | list[str]] = {**facts, "allows": list(allows)}
    return CaaJudgement(CaaVerdict.BLOCKED, where, allows, ttl, CaaObstacle.RESTRICTED, restricted)


def _issuers(properties: list[_Property], *, wildcard: bool) -> tuple[str, ...] | None:
    """Who may issue; None when the record set restricts nobody (RFC 8659, 4.2 and 4.3)."""
    tags = ("issuewild", "issue") if wildcard else ("issue",)
    for tag in tags:
        found = [p for p in properties if p.tag == tag]
        if found:
            return tuple(sorted({p.issuer for p in found if p.issuer}))
    return None


def _read(value: str) -> _Property:
    """The property in a value. An unreadable value counts as an empty issue property, which allows nobody."""
    match = _VALUE.fullmatch(value.strip())
    if match is None:
        return _Property(critical=False, tag="issue", value="")
    text = match[3] if match[3] is not None else match[4]
    return _Property(bool(int(match[1]) & _CRITICAL), match[2].lower(), _ESCAPE.sub(_unescaped, text))


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1])) if len(match[1]) == 3 else match[1]
