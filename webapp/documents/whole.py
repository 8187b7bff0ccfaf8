"""One domain with everything that its page shows, as commands print it."""

from __future__ import annotations

from typing import Any

from webapp.audit.documents import event_document, projected
from webapp.documents.checks import latest_report
from webapp.domain_page.proving.changing import coming
from webapp.domain_page.proving.methods import PAGES, ToType
from webapp.domains import deny_list, queries
from webapp.domains.listing import domain_document
from webapp.domains.rules.standing import told_situation
from webapp.domains.rules.status import situation
from webapp.messages.catalogue import sentence
from webapp.models import HostedZone, LLMClientCustomDomain, Method

#: What a command shows of an event.
_EVENT = {key: key for key in ("at", "kind", "actor", "sentence", "reason", "code", "params")}


def whole_document(domain: LLMClientCustomDomain) -> dict[str, Any]:
    """Everything that the domain's page shows."""
    zone, report = queries.current_zone(domain), latest_report(domain)
    then = coming(domain, frozenset())
    newest = queries.newest_certificate(domain)
    shown = told_situation(domain, zone, newest)
    return {
        **domain_document(domain),
        "situation": situation(domain, zone, newest).value,
        "headline": shown.words,
        "needs_action": shown.urges,
        "denied": deny_list.covering(domain.domain_name) is not None,
        "zone": _zone(zone) if zone else None,
        "records": _records(domain.method, PAGES[domain.method].todo(domain, report)),
        "next_records": _records(then.method, then.todo) if then else [],
        "report": report.to_dict() if report else None,
        "history": [projected(event_document(event), _EVENT) for event in queries.history(domain, limit=20)],
    }


def _zone(zone: HostedZone) -> dict[str, Any]:
    return {"state": zone.state.value, "error": sentence(zone.problem) if zone.problem else None}


def _records(method: Method, todo: ToType | None) -> list[dict[str, Any]]:
    """What to add at the DNS provider; empty while there is nothing to type yet. A delegation is one record set of
    several values; records of the owner's zone are told one by one, each with what the last check saw of it.
    """
    if todo is None:
        return []
    found: list[dict[str, Any]] = []
    for group in todo.groups:
        values = [one for one in group.values if one.mark != "unexpected"]
        place: dict[str, Any] = {
            "type": group.type,
            "name": group.name,
            "relative_name": group.relative_name,
            "parent_zone": todo.parent_zone,
        }
        if method.has_zone:
            found.append({**place, "values": [one.value for one in values]})
        else:
            found += [{**place, "value": one.value, "mark": one.mark} for one in values]
    return found
