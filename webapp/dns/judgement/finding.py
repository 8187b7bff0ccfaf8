"""A finding of the judge, as it is stored: code and parameters. `judgement.messages` makes sentences of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from webapp.dns.judgement.verdict import Verdict, WhoActs
from webapp.dns.lookup.observation import Trouble

#: JSON values that fill a sentence in.
Params = Mapping[str, Any]
#: The most names in one sentence, and so the most that are stored of a list that only a sentence needs.
IN_A_SENTENCE = 6

#: The parent's servers have disagreed for longer than a change takes.
FOR_LONG = "for-long"
#: Servers of the parent have not answered for longer than an outage takes. Only their owner can change that.
UNHEARD_FOR_LONG = "unheard-for-long"
#: The check ended before it had seen enough.
UNFINISHED = "unfinished"
#: Too few of the parent's servers answered.
PARENT_SILENT = "parent-silent"
#: Too few of those answered that the zone above names, which are others than the zone's own.
PARENT_MOVING = "parent-moving"
#: In the place of an outcome: a server without an address that can be asked, and one that answers a part only.
NO_ADDRESS = "no-address"
AT_TIMES = "at-times"
#: It is not sure where the parent's servers are: our resolvers and the zones say different things.
ADDRESSES_DIFFER = "addresses-differ"
#: The parent lists exactly ours, and a resolver of ours says that the name has no NS records.
RESOLVER_DENIES = "resolver-denies"
#: The parent lists exactly ours, and a resolver of ours could not be asked whether it denies that.
RESOLVER_UNSETTLED = "resolver-unsettled"
#: A wildcard holds our name servers, and the name has none of its own.
WILDCARD = "wildcard"
#: The servers that the zone above names, and those that the zone itself names, hold different copies of the zone.
COPIES_DIFFER = "copies-differ"
#: A resolver of ours sees another parent zone than the Internet does.
INSIDE_VIEW = "inside-view"
#: A server of the parent answered, but was not asked everything, because other checks waited for its answers.
PUT_OFF = "put-off"
#: The check broke off for a fault in our own program.
OUR_FAULT = "our-fault"
#: The parent had the records before, and has them no more.
GONE = "gone"
#: The domain has to be registered, or connected to a DNS provider, before records can be added.
DOMAIN_MISSING = "domain-missing"
#: The servers of the parent hold a zone that is named like the host.
OWN_ZONE = "own-zone"
#: The servers of the parent answer for any name, as those of parked and of expired domains do.
PARKED = "parked"
#: The right values, in records of another type.
WRONG_TYPE = "wrong-type"
#: Mistyped names stand beside the right ones, and have only to be removed.
SURPLUS = "surplus"
#: The name servers found are other names for the addresses of ours.
OWN_NAMES = "own-names"
#: A zone above the host is delegated to our name servers, and nobody else could be asked about the name.
WHOLE_DOMAIN = "whole-domain"
#: The same, and name servers besides ours told about the name.
WHOLE_DOMAIN_TOO = "whole-domain-too"
#: A zone between the domain and the name is delegated to our name servers, where the name alone should be.
WRONG_LEVEL = "wrong-level"
#: The name is delegated right, and the parent zone's own NS records name ours for the whole zone as well.
APEX_TOO = "apex-too"
#: Our resolver keeps name servers of ours for the parent zone that are gone there.
REMEMBERED = "remembered"
#: The reasons for which the whole domain, with its site and mail, is in danger.
_ALARMS = frozenset({WHOLE_DOMAIN, WHOLE_DOMAIN_TOO})
#: Who acts for these reasons; for all others the facts of the verdict say it.
_ACTS: Mapping[str, WhoActs] = {
    Trouble.PARENT_BOGUS: "you",
    Trouble.NO_TCP: "you",
    Trouble.RESOLVER_SILENT: "we",
    ADDRESSES_DIFFER: "we",
    FOR_LONG: "you",
    UNHEARD_FOR_LONG: "you",
    APEX_TOO: "you",
    OUR_FAULT: "we",
}


class Slip(StrEnum):
    """What happened to the value of an NS record on its way into the provider's form."""

    PARENT_SUFFIX = "parent-suffix"
    IP_ADDRESS = "ip-address"
    URL = "url"
    #: Several names in one record.
    SEVERAL = "several"
    #: Something stands before or after the name, such as a number.
    MORE_THAN_A_NAME = "more-than-a-name"
    WRONG_ENDING = "wrong-ending"
    NEAR_MISS = "near-miss"


@dataclass(frozen=True)
class Finding:
    """A verdict that applies. `reason` is a stable id for the cause of the verdict, empty for the usual cause."""

    verdict: Verdict
    reason: str = ""
    params: Params = field(default_factory=dict)

    def to_data(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {"verdict": self.verdict.value, "reason": self.reason, "params": dict(self.params)}

    @property
    def who_acts(self) -> WhoActs:
        return _ACTS.get(self.reason, self.verdict.facts.who_acts)

    @property
    def asked(self) -> bool:
        """False when nothing is known of the records at the parent, whatever else was found."""
        return self.verdict.facts.asked and self.reason != WHOLE_DOMAIN

    @property
    def alarms(self) -> bool:
        """Whether site and mail of the whole domain are in danger, so that people are told at once."""
        return self.reason in _ALARMS

    @property
    def transient(self) -> bool:
        if self.reason == WHOLE_DOMAIN:
            return True
        return self.verdict.facts.transient and self.reason != FOR_LONG


def shortened(key: str, items: Iterable[Any], most: int = IN_A_SENTENCE) -> dict[str, Any]:
    """A list as parameters: its first items, and how many more there are. A stranger's list may have a thousand."""
    found = list(items)
    more = {f"{key}_more": len(found) - most} if len(found) > most else {}
    return {key: found[:most], **more}
