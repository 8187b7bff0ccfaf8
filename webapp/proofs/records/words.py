"""What pages and e-mails say of records in the customer's own zone."""

from __future__ import annotations

from webapp.dns.delegation import GONE
from webapp.dns.judgement.report import Report
from webapp.dns.records_method import RecordsReport
from webapp.proofs.base.words import MethodWords


class RecordsWords(MethodWords):
    title = "TXT and CNAME records of your own"
    what = (
        "You add a TXT record, which reserves the name, and a CNAME record when you like. What answers at the name "
        "goes on until then."
    )
    title_of_whole = "TXT and address records of your own"
    what_of_whole = (
        "You add a TXT record, which reserves the name, and when you like A and AAAA records, or an ALIAS. What "
        "answers at the name goes on until then."
    )
    next = "Next we show you the records for this name and where to add them."
    being_prepared = "We are preparing your records. They appear here in a moment."
    parked = "We could not prepare your records yet. The cause is on our side, and we keep trying."
    put_back = "Put the records below back, then press Verify."
    kept = "Kept, with the same records. It is served as soon as DNS proves it."
    keeps = "and it keeps its records"
    same = "the same records"
    kept_while = "we have not seen that its records are gone"
    over = "its records lead nowhere any more"
    anew = "gets other records"
    leftovers = "From the removal on they lead nowhere, and nobody else can use them."
    leave_alone = "leave the other records as they are"
    validation = (
        "It stands among the records to type. Leave it in place: Amazon asks for it again at every renewal."
    )
    steps = ("Reserve the name", "Switch", "Certificate and live")
    order = (
        "Delete the NS records of the name, and add the TXT and the CNAME record, all at one go: as long as the NS "
        "records are there, nobody sees the others. Visitors are served all the time, for resolvers go on by the "
        "NS records that they know, and both ways lead to us."
    )

    def refused(self, name: str, why: str) -> str:
        return f"We could not prepare records for {name}: {why}"

    def unseen(self, name: str) -> str:
        return f"No records for {name} have been seen yet."

    def unchecked(self, name: str) -> str:
        return f"The records for {name} have not been checked since it was kept."

    def add(self, relative_name: str, zone: str) -> str:
        return f"Add the TXT record below where {zone} is managed: it reserves “{relative_name}”. Then press Verify."

    def missing(self, name: str) -> str:
        return f"The records of {name} were there before, and the last check found none."

    def gone(self, name: str, zone: str) -> str:
        return f"The records of {name} are gone{f' at {zone}' if zone else ''}."

    def is_gone(self, report: Report) -> bool:
        """The sentence of a report names the token alone, and where all is gone all has to be put back."""
        return report.verdict.facts.nothing and report.reason in {"", GONE} and not report.found

    def contradicted(self, report: Report | None) -> str:
        unproved = report is not None and report.leads_unproved
        return "is not proved any more" if unproved else super().contradicted(report)

    def headline(self, report: Report) -> str:
        """Who has not begun to switch is not told of a mistake. One that is sure is told by the situation."""
        tried = isinstance(report, RecordsReport) and report.switch_tried
        return "Reserved, but not switched yet" if tried and not report.verdict.facts.mistake else ""

    def step(self, report: Report | None) -> int:
        """With the token the name is reserved, and it remains to switch."""
        return 2 if isinstance(report, RecordsReport) and report.proved else 1
