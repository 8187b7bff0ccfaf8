"""The sentences: the first says what is wrong and what to type where, with zone, short name and full name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.judgement.case import Case
from webapp.dns.judgement.mistyped import Mistyped, Slip
from webapp.dns.judgement.phrases import at_time, count_of, listed, number
from webapp.dns.lookup.observation import Alias, ParentAnswer, Says

CHECK_AGAIN = "Then press Verify; we also check by ourselves."
WAIT = "Nothing is needed from you; we check again by ourselves."


@dataclass(frozen=True)
class Words:
    """What to tell the customer."""

    message: str
    next_step: str


class Wording:
    """The sentences about one case, with its names filled in."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.host = case.host
        self.zone = case.observation.parent_zone or "the parent zone"
        name = name_arithmetic.relative(case.host, self.zone) if case.observation.parent_zone else case.host
        self.name = name
        self.named = f"named “{name}” (in full {case.host})"
        self.ours = listed(case.expectation.name_servers)
        self.count = count_of(len(case.expectation.name_servers), "NS record")

    def zone_pending(self) -> Words:
        return Words(
            f"We are preparing the name servers for {self.host}; they appear here in about a minute, "
            "and until then there is nothing to type anywhere.",
            WAIT,
        )

    def our_resolver_silent(self) -> Words:
        return Words(
            f"The problem is on our side: our own resolver did not answer, so we could not ask anybody about "
            f"{self.host}, and your status is unchanged.",
            WAIT,
        )

    def parent_bogus(self) -> Words:
        return Words(
            f"DNSSEC of {self.zone} is broken: validating resolvers refuse every answer from that zone, so the "
            f"NS records {self.named} cannot be relied on until the DS record of {self.zone} at its registrar "
            "fits the keys of the zone, or is deleted.",
            f"Correct DNSSEC of {self.zone} at your DNS provider and registrar. {CHECK_AGAIN}",
        )

    def no_tcp(self) -> Words:
        return Words(
            f"The name servers of {self.zone} answer over UDP but not over TCP, which we need to be sure of the "
            f"NS records {self.named}: ask the provider of {self.zone} to open TCP port 53. "
            f"Not heard over TCP: {self._silent()}.",
            f"Ask the provider of {self.zone} to open TCP port 53 on its name servers. {CHECK_AGAIN}",
        )

    def parent_silent(self) -> Words:
        answers = len(self.case.speakers)
        if answers:
            message = (
                f"Only {number(answers)} of the name servers of {self.zone} answered, and we need "
                f"{number(self.case.observation.parent_needed)} that agree before we decide about the NS records "
                f"{self.named}; your status is unchanged and we try again."
            )
        else:
            asked = bool(self.case.observation.parent_answers)
            message = (
                f"The name servers of {self.zone} {'did not answer' if asked else 'could not be asked'}, so we could "
                f"not see the NS records {self.named}; your status is unchanged and we try again."
            )
        silent = self._silent()
        return Words(f"{message} Not heard: {silent}." if silent else message, WAIT)

    def parent_moving(self) -> Words:
        above = self.case.observation.parent_named_above
        if above:
            what = (
                f"{self.zone} has other name servers now than our resolver still knows, {listed(sorted(above))}, and "
                f"too few of them answered for that zone to tell about the NS records {self.named}"
            )
        else:
            what = (
                f"Our resolver still knows {self.zone}, but the zone above has no name servers for it any more, so "
                f"the NS records {self.named} cannot be relied on"
            )
        return Words(f"{what}; your status is unchanged and we try again.", WAIT)

    def unfinished(self) -> Words:
        return Words(
            f"The check of {self.host} ran out of time before it had seen everything in {self.zone}; your status "
            "is unchanged and we try again.",
            WAIT,
        )

    def alias_above(self, alias: Alias) -> Words:
        below = f"{alias.owner} redirects everything below it to {alias.target}"
        return Words(
            f"{below} by a {alias.type} record, so NS records {self.named} in the zone {self.zone} have no effect: "
            f"delete that {alias.type} record, or choose a name that is not below {alias.owner}.",
            f"Delete the {alias.type} record at {alias.owner}, or register another name. {CHECK_AGAIN}",
        )

    def inconsistent(self) -> Words:
        right, speakers = len(self.case.right), len(self.case.speakers)
        if right:
            message = (
                f"{right} of {speakers} name servers of {self.zone} already know the new NS records "
                f"{self.named}; this usually settles by itself."
            )
        else:
            message = (
                f"The name servers of {self.zone} give different answers about NS records {self.named}; "
                "this usually settles by itself."
            )
        return Words(f"{message} {self._differences()}", WAIT)

    def inconsistent_for_long(self) -> Words:
        return Words(
            f"The name servers of {self.zone} have disagreed for more than 24 hours about the NS records "
            f"{self.named}: ask the provider of {self.zone} why they hold different copies of the zone. "
            f"{self._differences()}",
            f"Ask the provider of {self.zone} to bring all its name servers up to date. {CHECK_AGAIN}",
        )

    def record_in_the_way(self, types: Sequence[str]) -> Words:
        kinds = listed(types)
        records = "record" if len(types) == 1 else "records"
        article = "" if len(types) > 1 else "an " if kinds.startswith(("A", "MX")) else "a "
        return Words(
            f"{self.host} has {article}{kinds} {records} at {self.zone}: in the zone {self.zone}, delete the {kinds} "
            f"{records} {self.named}, then add the {self.count} {self.ours}.",
            f"Delete the {kinds} {records} named “{self.name}”, then add the {self.count}. {CHECK_AGAIN}",
        )

    def own_zone(self, servers: Sequence[str]) -> Words:
        return Words(
            f"{self.host} is a zone of its own on the name servers of {self.zone}, so ours are never asked: delete "
            f"the zone {self.host} there, then add in the zone {self.zone} the {self.count} {self.named}: "
            f"{self.ours}. It is served by {listed(servers)}.",
            f"Delete the zone {self.host} at the provider of {self.zone}, then add the {self.count} "
            f"named “{self.name}”. {CHECK_AGAIN}",
        )

    def misplaced(self, where: Sequence[str]) -> Words:
        fix = f"in the zone {self.zone}, enter “{self.name}” as the name (in full {self.host})"
        why = (
            f"Your provider appends {self.zone} to what you enter."
            if self.zone not in where
            else f"Delete them at {self.zone}, where they would take over the whole domain."
        )
        return Words(
            f"We found our name servers at {listed(where)}, not at {self.host}: {fix}. {why}",
            f"Delete the NS records at {listed(where)} and add them with “{self.name}” as the name. {CHECK_AGAIN}",
        )

    def not_delegated(self) -> Words:
        domain = self.case.missing_domain
        if domain:
            return Words(
                f"{domain} has no name servers yet, {self.zone} does not know it: register it or connect it to a DNS "
                f"provider, then add there, in the zone {domain}, {self.count} named "
                f"“{name_arithmetic.relative(self.host, domain)}” (in full {self.host}): {self.ours}.",
                f"Bring {domain} into DNS first, then add the {self.count}. {CHECK_AGAIN}",
            )
        return Words(
            f"No NS records for {self.host} at {self.zone} yet: in the zone {self.zone}, add {self.count} "
            f"{self.named} with the values {self.ours}.",
            f"Add the {self.count} at the provider of {self.zone}. {CHECK_AGAIN}",
        )

    def old_name_servers(self, former: Sequence[str]) -> Words:
        return Words(
            f"The NS records {self.named} in the zone {self.zone} belong to an earlier registration: replace "
            f"{listed(former)} by {self.ours} now; until then someone else might obtain the name.",
            f"Replace the NS records named “{self.name}” now. {CHECK_AGAIN}",
        )

    def mistyped(self, slips: Sequence[Mistyped]) -> Words:
        first = slips[0]
        where = f"correct the NS record {self.named} in the zone {self.zone}"
        meant = {slip.expected for slip in slips}
        rest = [f"“{slip.seen}” looks like “{slip.expected}” too" for slip in slips[1:6]]
        missing = [name for name in self.case.missing if name not in meant]
        rest += [f"Still missing: {listed(missing)}"] if missing else []
        return Words(
            " ".join([f"{_what(first)}: {where}, {_cure(first)}.", *(f"{part}." for part in rest)]),
            f"Enter “{first.expected}.” instead of “{first.seen}”. {CHECK_AGAIN}",
        )

    def elsewhere(self) -> Words:
        return Words(
            f"{self.host} is delegated to {listed(self.case.unexpected)}, not to us: in the zone {self.zone}, give "
            f"the NS records {self.named} the values {self.ours} and no others.",
            f"Replace the NS records named “{self.name}” at the provider of {self.zone}. {CHECK_AGAIN}",
        )

    def mixed(self) -> Words:
        extra = listed(self.case.unexpected)
        missing = self.case.missing
        add = f" Still missing: {listed(missing)}." if missing else ""
        return Words(
            f"Remove {extra} from the NS records {self.named} in the zone {self.zone}: part of your visitors "
            f"would be sent there.{add}",
            f"Remove {extra}. {CHECK_AGAIN}",
        )

    def partial(self) -> Words:
        missing = self.case.missing
        total = len(self.case.expectation.name_servers)
        return Words(
            f"{total - len(missing)} of {total} are right; still missing: {listed(missing)} – in the zone "
            f"{self.zone}, add {count_of(len(missing), 'NS record')} {self.named} with "
            f"{'this value' if len(missing) == 1 else 'these values'}.",
            f"Add what is missing at the provider of {self.zone}. {CHECK_AGAIN}",
        )

    def zone_not_served(self) -> Words:
        return Words(
            f"Your NS records {self.named} in the zone {self.zone} are right; our side is not ready yet: "
            f"{listed(self.case.not_served)} does not answer for {self.host} as it should.",
            WAIT,
        )

    def stale_ds(self) -> Words:
        return Words(
            f"Delete the DS record for {self.host} in the zone {self.zone}, where it is named “{self.name}”; "
            f"validating resolvers refuse the name because of it. It reads: {listed(self.case.ds, most=2)}.",
            f"Delete the DS record named “{self.name}”; leave the NS records as they are. {CHECK_AGAIN}",
        )

    def verified(self) -> Words:
        return Words(
            f"{self.host} is verified. The NS records {self.named} in the zone {self.zone} are exactly ours.",
            "Leave the records in place; we check them again from time to time.",
        )

    def resolve_broken(self) -> Words:
        who = listed([said.resolver for said in self.case.dissenting])
        because = " for DNSSEC reasons" if any(said.bogus for said in self.case.dissenting) else ""
        return Words(
            f"Correct at the source, but resolvers disagree: {who} cannot resolve {self.host}{because}.", WAIT
        )

    def propagating(self) -> Words:
        until = self.case.old_answers_until
        who = listed([said.resolver for said in self.case.dissenting])
        when = f"old answers expire by {at_time(until)}" if until else "old answers expire by themselves"
        return Words(f"Correct at the source; {who} still gives an old answer for {self.host}, {when}.", WAIT)

    def _silent(self) -> str:
        silent = [a for a in self.case.observation.parent_answers if not a.says]
        return listed([f"{answer.server} ({_why(answer)})" for answer in silent])

    def _differences(self) -> str:
        behind = [answer for answer in self.case.speakers if answer not in self.case.right]
        return f"Different: {listed([f'{a.server} ({_said(a)})' for a in behind])}."


def _why(answer: ParentAnswer) -> str:
    return "not authoritative for the zone" if answer.outcome.answered else str(answer.outcome)


def _said(answer: ParentAnswer) -> str:
    if answer.says is Says.DELEGATED:
        return listed(sorted(answer.name_servers))
    if answer.says is Says.ABSENT:
        return "no such name" if answer.outcome is Outcome.NXDOMAIN else "no NS records"
    return "an alias" if answer.says is Says.ALIAS else "a zone of its own"


def _what(slip: Mistyped) -> str:
    if slip.slip is Slip.IP_ADDRESS:
        return f"“{slip.seen}” is an IP address where the name “{slip.expected}” belongs"
    return f"“{slip.seen}” looks like “{slip.expected}”"


def _cure(slip: Mistyped) -> str:
    if slip.slip is Slip.IP_ADDRESS:
        return f"enter the name “{slip.expected}.” with the dot at its end"
    if slip.slip is Slip.URL:
        return f"enter “{slip.expected}” alone, without http:// or a path"
    if slip.appended:
        return f"enter “{slip.expected}.” with the dot at its end, or your provider appends {slip.appended}"
    return f"enter “{slip.expected}”"
