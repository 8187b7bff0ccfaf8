"""Sentences about events, by code: in the history of a domain, of an account and of the installation.

The parameters `name` and `host` are domain names; `contact` is an e-mail address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.messages.formatting import few, shown

#: Kind of record at a name -> what stops there once the name is delegated to us.
STOPPING = {
    "ns": "what the present name servers answer",
    "site": "the web site",
    "mail": "the mail",
    "txt": "the TXT records",
}

#: A firm verdict in one sentence. The report of the check has the details.
VERDICTS = {
    "ALIAS_ABOVE": "A name above {host} is an alias, so NS records in the zone {zone} have no effect.",
    "PARENT_INCONSISTENT": "The name servers of {zone} disagree about {host}, and have for more than 24 hours.",
    "RECORD_IN_THE_WAY": "The zone {zone} has other records at {host}, which are in the way of NS records.",
    "MISPLACED": "Our name servers are listed at another name, not at {host}.",
    "NOT_DELEGATED": "The parent zone {zone} has no NS records for {host}.",
    "OLD_NAME_SERVERS": "The zone {zone} lists name servers of an earlier registration for {host}: {unexpected}.",
    "NS_MISTYPED": "The zone {zone} lists mistyped name servers for {host}: {unexpected}.",
    "DELEGATED_ELSEWHERE": "The zone {zone} delegates {host} to others, not to us: {unexpected}.",
    "DELEGATION_MIXED": "The zone {zone} lists other name servers beside ours for {host}: {unexpected}.",
    "DELEGATION_PARTIAL": "The zone {zone} does not list all our name servers for {host}. Missing: {missing}.",
    "STALE_DS": "The zone {zone} has a DS record for {host} that does not fit our zone.",
    "VERIFIED": "The parent zone {zone} lists exactly our four name servers.",
}
#: The same for verdicts with several causes, by the report's `reason`.
REASONS = {
    ("RECORD_IN_THE_WAY", "own-zone"): "{host} is a zone of its own on the name servers of {zone}.",
    ("NOT_DELEGATED", "domain-missing"): "The domain {zone} has no name servers yet.",
}


def _verdict(params: Mapping[str, Any]) -> str:
    verdict = params["verdict"]
    template = REASONS.get((verdict, params["reason"]), VERDICTS[verdict])
    return template.format(
        host=params["host"],
        zone=params["parent_zone"] or "above it",
        missing=few(params["missing"]),
        unexpected=few(params["unexpected"]),
    )


def _suspended(params: Mapping[str, Any]) -> str:
    served = " and is not served any more" if params["served"] else ""
    return f"{shown(params['name'])} was suspended{served}. Contact {params['contact']}."


def _released(params: Mapping[str, Any]) -> str:
    return f"{shown(params['name'])} was released{' and is served again' if params['served'] else ''}."


def _denied(params: Mapping[str, Any]) -> str:
    return f"No account may have {names_denied(params['name'], below=params['below'])} any more."


def _allowed(params: Mapping[str, Any]) -> str:
    return f"Accounts may have {names_denied(params['name'], below=params['below'])} again."


def names_denied(name: str, *, below: bool) -> str:
    """The names that an entry of the deny list covers, in words."""
    return f"{shown(name)} and every name below it" if below else shown(name)


def _acknowledged(params: Mapping[str, Any]) -> str:
    stops = few([STOPPING[kind] for kind in params["stops"]])
    return f"It was confirmed that this stops at {params['host']} with the new records: {stops}."


def _role(params: Mapping[str, Any]) -> str:
    return f"{params['email']} is now {'an owner' if params['role'] == 'owner' else 'a member'}."


SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    "domain.registered": "{name} was registered.",
    "domain.verified": "{name} is verified: {parent} delegates it to exactly our four name servers.",
    "domain.failing": "{name} no longer leads to us. It is still served until {until:clock}.",
    "domain.lapsed": "{name} is no longer served, because it did not lead back to us in time.",
    "domain.expired": "We stopped looking for the records of {name} after {days} days.",
    "domain.resumed": "We look for the same records again.",
    "domain.removing": "{name} is being removed.",
    "domain.suspended": _suspended,
    "domain.released": _released,
    "domain.grace-extended": "{name:shown} has more time: it is served until {until:clock}.",
    "claim.lost": (
        "The records for {name} are right, but the name is connected to another account. "
        "If you control it, contact us."
    ),
    "claim.refused": (
        "The records for {name} are right, but it is a name that we do not serve. "
        "If you control it, contact {contact}."
    ),
    "check.requested": "A check was requested.",
    "check.removal-requested": "A look at the records was requested.",
    "verdict.changed": _verdict,
    "preflight.acknowledged": _acknowledged,
    "llm-client.attached": "{name} now leads to {llm_client}.",
    "llm-client.detached": "{name} no longer leads to {llm_client}.",
    "name.denied": _denied,
    "name.allowed": _allowed,
    "account.renamed": "The account “{before}” is now called “{after}”.",
    "account.deleted": "Account {number} is being deleted, with all its domains.",
    "person.invited": "{email} was invited as {role}.",
    "person.invited-again": "{email} was sent the invitation again.",
    "person.joined": "{email} joined as {role}.",
    "person.role": _role,
    "person.left": "{email} left the account.",
    "person.removed": "{email} was taken out of the account.",
    "invitation.withdrawn": "The invitation of {email} was withdrawn.",
    "address.added": "{email} was asked to agree to our mails.",
    "address.confirmed": "{email} agreed to be told of the account’s domains.",
    "address.removed": "{email} is not told of the account’s domains any more.",
}
