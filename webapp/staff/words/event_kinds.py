"""Kinds of events in words, for the filter of the audit log, in groups. Codes stay in addresses and in the CSV."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.models import EventKind

_K = EventKind

#: Heading -> the kinds below it, with their words.
GROUPS: Mapping[str, Mapping[EventKind, str]] = {
    "Domains": {
        _K.REGISTERED: "Registered",
        _K.CHECK_REQUESTED: "Check asked for",
        _K.VERDICT_CHANGED: "Check found something else",
        _K.STATE_CHANGED: "State changed",
        _K.LIVE: "Live for the first time",
        _K.NOT_LIVE: "Not live any more",
        _K.LIVE_AGAIN: "Live again",
        _K.METHOD_CHANGED: "Method of proof changed",
        _K.ACKNOWLEDGED: "Customer confirmed what stops",
        _K.ATTACHED: "LLM client given",
        _K.DETACHED: "LLM client taken away",
        _K.LLM_CLIENT_DELETED: "LLM client deleted",
        _K.ALARM_BEGUN: "Whole domain led to us",
        _K.ALARM_ENDED: "Whole domain not led to us any more",
        _K.IMPORT_BEGUN: "Import begun",
        _K.IMPORT_ENDED: "Import ended",
    },
    "What staff did": {
        _K.HELD: "Suspended",
        _K.RELEASED: "Released",
        _K.GRACE_EXTENDED: "More time given",
        _K.NAME_DENIED: "Put on the deny list",
        _K.NAME_ALLOWED: "Taken off the deny list",
        _K.CERTIFICATE_RETRIED: "Certificate asked for again",
    },
    "One name, two accounts": {
        _K.CLAIM_CONTESTED: "Another account proves the name",
        _K.CLAIM_MOVED: "Moved by proof",
        _K.CLAIM_LOST: "Proved, but verified in another account",
        _K.CLAIM_REFUSED: "Proved, but refused",
        _K.TRANSFER_OFFERED: "Transfer offered",
        _K.TRANSFER_ACCEPTED: "Transfer accepted",
        _K.TRANSFER_REFUSED: "Transfer refused",
        _K.TRANSFER_WITHDRAWN: "Transfer withdrawn",
        _K.HANDOVER_MADE: "Hand-over link made",
        _K.HANDOVER_REVOKED: "Hand-over link revoked",
    },
    "Certificates": {
        _K.CERTIFICATE_REQUESTED: "Requested",
        _K.CERTIFICATE_ISSUED: "Issued",
        _K.CERTIFICATE_RENEWED: "Renewed",
        _K.CERTIFICATE_FAILED: "Failed",
        _K.CERTIFICATE_TROUBLE: "Held up",
        _K.CERTIFICATE_ENDS: "Ends soon",
        _K.CERTIFICATE_DELETED: "Deleted",
    },
    "Zones and records at AWS": {
        _K.ZONE_READY: "Zone ready",
        _K.ZONE_TROUBLE: "Zone not made",
        _K.ZONE_ADOPTED: "Zone taken over",
        _K.ZONE_LOST: "Zone lost",
        _K.ZONE_UNDELEGATED: "Customer’s records gone",
        _K.ZONE_DISCARDED: "Zone given up by staff",
        _K.ZONE_DELETED: "Zone deleted",
        _K.ROUTING_WRITTEN: "Our records written",
        _K.ROUTING_REMOVED: "Our records taken out",
        _K.RECORDS_TROUBLE: "Our records not written",
    },
    "Accounts and their people": {
        _K.ACCOUNT_OPENED: "Account opened",
        _K.ACCOUNT_RENAMED: "Account renamed",
        _K.ACCOUNT_EXPORTED: "Data downloaded",
        _K.ACCOUNT_DELETED: "Account deleted",
        _K.PERSON_INVITED: "Person invited",
        _K.INVITATION_WITHDRAWN: "Invitation withdrawn",
        _K.PERSON_JOINED: "Person joined",
        _K.PERSON_ROLE_CHANGED: "Role changed",
        _K.PERSON_REMOVED: "Person taken out",
        _K.PERSON_LEFT: "Person left",
        _K.ADDRESS_ADDED: "Address for e-mails added",
        _K.ADDRESS_CONFIRMED: "Address for e-mails confirmed",
        _K.ADDRESS_REMOVED: "Address for e-mails taken out",
    },
    "Signing in": {
        _K.USER_CREATED: "Sign-in made",
        _K.USER_MAILED: "Link sent",
        _K.USER_TRIES: "Tries cleared",
        _K.USER_SECOND_FACTOR: "Second factor reset",
        _K.USER_PASSWORD: "Password replaced",
        _K.USER_SIGNED_OUT: "Signed out everywhere",
        _K.USER_LOCKED: "Locked out",
        _K.USER_UNLOCKED: "Let in again",
        _K.USER_PROMOTED: "Made staff",
        _K.USER_DEMOTED: "Staff no longer",
    },
    "Programs": {
        _K.KEY_CREATED: "API key made",
        _K.KEY_REVOKED: "API key revoked",
        _K.WEBHOOK_ADDED: "Webhook endpoint added",
        _K.WEBHOOK_CHANGED: "Webhook endpoint changed",
        _K.WEBHOOK_ROTATED: "Webhook secret replaced",
        _K.WEBHOOK_ON: "Webhook endpoint switched on",
        _K.WEBHOOK_OFF: "Webhook endpoint switched off",
        _K.WEBHOOK_REMOVED: "Webhook endpoint deleted",
    },
}
