"""What pages and e-mails say of a delegation."""

from __future__ import annotations

from webapp.dns.delegation import GONE, Verdict
from webapp.dns.judgement.report import Report
from webapp.proofs.base.words import MethodWords


class DelegationWords(MethodWords):
    title = "NS records that delegate the name"
    what = (
        "You add four NS records. They hand this one name to us; the rest of your domain, with its site and its "
        "mail, stays as it is."
    )
    next = "Next we prepare four name servers for this name and show you where to add them."
    being_prepared = "We are preparing your name servers. They appear here in about a minute."
    parked = "We could not prepare your name servers yet. The cause is on our side, and we keep trying."
    put_back = "Put the four records below back, then press Verify."
    kept = "Kept, with the same name servers. It is served as soon as DNS proves it."
    keeps = "as long as we hold its name servers: it keeps them"
    same = "the same name servers"
    kept_while = "we hold its name servers"
    over = "its zone is deleted"
    anew = "gets other name servers"
    leftovers = "Until they are gone, we hold these name servers, so that nobody else can take the name over."
    leave_alone = "leave the name server records as they are"
    validation = (
        "We keep it in the zone of your name; Amazon asks for it again at every renewal. "
        "There is nothing to type in."
    )
    steps = ("Add the records", "We verify", "Certificate and live")
    order = (
        "Delete the TXT record, and the CNAME record or the addresses that lead to us, and add the NS records, all "
        "at one go. Visitors are served all the time: both ways lead to us."
    )

    def refused(self, name: str, why: str) -> str:
        return f"We could not make a zone for {name}: {why or 'Route 53 does not take this name.'}"

    def unseen(self, name: str) -> str:
        return f"No name server records for {name} have been seen yet."

    def unchecked(self, name: str) -> str:
        return f"The name server records for {name} have not been checked since it was kept."

    def add(self, relative_name: str, zone: str) -> str:
        return (
            f"Add the four name servers below as NS records for “{relative_name}”, where {zone} is managed. "
            "Then press Verify."
        )

    def missing(self, name: str) -> str:
        return f"The NS records of {name} were there before, and the last check found none."

    def gone(self, name: str, zone: str) -> str:
        return f"The NS records of {name} are gone{f' at {zone}' if zone else ''}."

    def is_gone(self, report: Report) -> bool:
        return report.verdict is Verdict.NOT_DELEGATED and report.reason in {"", GONE}

    def step(self, report: Report | None) -> int:
        if report is None or report.missing or report.unexpected:
            return 1
        return 2 if report.found else 1
