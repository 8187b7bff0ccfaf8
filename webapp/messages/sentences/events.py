"""Sentences about events, by code: in the history of a domain, of an account and of the installation.

The parameters `name` and `host` are domain names; `contact` is an e-mail address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.dns.methods import message_of
from webapp.messages.formatting import few, shown

#: Kind of record at a name -> what stops there once the name is delegated to us.
STOPPING = {
    "ns": "what the present name servers answer",
    "site": "the web site",
    "mail": "the mail",
    "txt": "the TXT records",
}


def _suspended(params: Mapping[str, Any]) -> str:
    served = " and is not served any more" if params["served"] else ""
    return f"{shown(params['name'])} was suspended{served}. Contact {params['contact']}."


def _released(params: Mapping[str, Any]) -> str:
    return f"{shown(params['name'])} was released{' and is served again' if params['served'] else ''}."


def _overlaps(params: Mapping[str, Any]) -> str:
    """Earlier releases stored no contact."""
    return (
        f"The records for {shown(params['name'])} are right, but a name above or below it is connected to another "
        f"account. If you control it, contact {params.get('contact', 'us')}."
    )


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


def _verified(params: Mapping[str, Any]) -> str:
    """Earlier releases named no method: there was one."""
    if params.get("method", "delegation") == "delegation":
        return f"{params['name']} is verified: {params['parent']} has exactly our four NS records for it."
    return f"{params['name']} is verified: our TXT record is in {params['parent']}, and the name leads to us."


SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    "domain.registered": "{name:shown} was registered.",
    "domain.verified": _verified,
    "domain.failing": "{name:shown} no longer leads to us. It is still served until {until:clock}.",
    "domain.failing-unproved": "Nothing proves {name:shown} any more. It is still served until {until:clock}.",
    "domain.lapsed": "{name:shown} is no longer served, because it did not lead back to us in time.",
    "domain.moved-away": (
        "{name:shown} is no longer served here. It moved to another account: two checks found the records of that "
        "account and not those of this one."
    ),
    "domain.expired": "We stopped checking the records of {name:shown} after {days} days.",
    "domain.resumed": "We check for the same records again.",
    "domain.removing": "{name:shown} is being removed.",
    "domain.suspended": _suspended,
    "domain.released": _released,
    "domain.grace-extended": "{name:shown} has more time: it is served until {until:clock}.",
    # Of releases in which no name moved by proof.
    "claim.lost": (
        "The records for {name:shown} are right, but the name is connected to another account. "
        "If you control it, contact us."
    ),
    "claim.contests": (
        "The records for {name:shown} are right, and the name is verified in another account. It moves here if a "
        "check after {from:clock} finds them again, and those of the other account no more."
    ),
    "claim.contested": (
        "Another account has proved by its records that {name:shown} is theirs. The name moves there after "
        "{from:clock}, unless a check finds the records of this account again."
    ),
    "claim.moved": (
        "{name:shown} moved here from another account: two checks found the records of this account, and not those "
        "of the other."
    ),
    "claim.overlaps": _overlaps,
    "claim.suspended": (
        "The records for {name:shown} are right, but the name is suspended, so that no account can have it. "
        "Contact {contact}."
    ),
    "claim.refused": (
        "The records for {name:shown} are right, but it is a name that we do not serve. "
        "If you control it, contact {contact}."
    ),
    "check.requested": "A check was requested.",
    "check.removal-requested": "A check of the records was requested.",
    "verdict.changed": message_of,
    "alarm.begun": "{zone:shown} was led to our name servers as a whole, which puts its site and mail in danger.",
    "alarm.ended": (
        "{zone:shown} is not led to our name servers any more. Resolvers forget them by {until:clock}."
    ),
    "method.changing": "{name:shown} changes to proof by {method}. It is served as before until that is seen.",
    "method.changed": "{name:shown} is proved by {method} now, no longer by {before}.",
    "method.kept": "{name:shown} goes on being proved by {method}.",
    "preflight.acknowledged": _acknowledged,
    "llm-client.attached": "{name:shown} now leads to {llm_client}.",
    "llm-client.detached": "{name:shown} no longer leads to {llm_client}.",
    "llm-client.deleted": "The LLM client “{name}” was deleted. Nobody answers at {host} any more.",
    "name.denied": _denied,
    "name.allowed": _allowed,
    "account.opened": "The account “{name}” was opened, with the number {number}.",
    "account.renamed": "The account “{before}” is now called “{after}”.",
    "account.deleted": "Account {number} is being deleted, with all its domains.",
    "person.invited": "{email} was invited as {role}.",
    "person.invited-again": "{email} was sent the invitation again.",
    "person.joined": "{email} joined as {role}.",
    "person.role": _role,
    "person.left": "{email} left the account.",
    "person.removed": "{email} was taken out of the account.",
    "invitation.withdrawn": "The invitation of {email} was withdrawn.",
    "user.created": "{email} was let sign in.",
    "user.created-staff": "{email} was let sign in, as staff.",
    "user.promoted": "{email} is staff now.",
    "user.demoted": "{email} is not staff any more.",
    "user.password": "{email} was given another password, and signed out everywhere.",
    "user.second-factor": "The second factor of {email} was switched off.",
    "user.signed-out": "{email} was signed out everywhere.",
    "user.locked": "{email} was locked out.",
    "user.unlocked": "{email} can sign in again.",
    "user.tries": "The tries of {email} to sign in were cleared.",
    "user.mailed-sign-up": "{email} was sent the link that opens a sign-in.",
    "user.mailed-password": "{email} was sent a link to a new password.",
    "import.begun": "Registering {names} names of import {import} was begun.",
    "import.ended": "Import {import} ended: {registered} names were registered, and {refused} were refused.",
    "import.cancelled": "Import {import} was cancelled: {registered} names had been registered.",
    "webhook.added": "The webhook endpoint {url} was added.",
    "webhook.changed": "The webhook endpoint {url} was changed.",
    "webhook.rotated": "The webhook endpoint {url} was given another secret.",
    "webhook.on": "The webhook endpoint {url} was switched on.",
    "webhook.off": "The webhook endpoint {url} was switched off.",
    "webhook.off-gone": "The webhook endpoint {url} was switched off, because it answered 410 Gone.",
    "webhook.off-failing": "The webhook endpoint {url} was switched off, because it has failed since {since:clock}.",
    "webhook.removed": "The webhook endpoint {url} was deleted.",
    "address.added": "{email} was asked to agree to our e-mails.",
    "address.confirmed": "{email} agreed to be told of the account’s domains.",
    "key.created": "The API key “{name}” ({prefix}) was made.",
    "key.revoked": "The API key “{name}” ({prefix}) was revoked.",
    "handover.made": "A link to the records of {name:shown} was made for {made_for}.",
    "transfer.offered": "{name:shown} was offered to {to}.",
    "transfer.offered-here": "{name:shown} was offered to this account by {from}.",
    "transfer.accepted": "{name:shown} moved to the account of {to}.",
    "transfer.received": "{name:shown} moved here from {from}. It was served all the time.",
    "transfer.refused": "The offer of {name:shown} to {to} was refused.",
    "transfer.refused-here": "The offer of {name:shown} by {from} was refused.",
    "transfer.withdrawn": "The offer of {name:shown} to {to} was withdrawn.",
    "transfer.withdrawn-here": "The offer of {name:shown} by {from} was withdrawn.",
    "handover.revoked": "The link to the records of {name:shown} that was made for {made_for} was revoked.",
    "address.removed": "{email} is not told of the account’s domains any more.",
}
