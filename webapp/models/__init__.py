"""The nouns. They import nothing of ours but `webapp.dns.names`."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import scoped_session

from webapp.models.account import (
    STAFF_ROLE,
    Account,
    Invitation,
    MailStop,
    Membership,
    MembershipRole,
    NotificationAddress,
    Role,
    SignedIn,
    User,
    WebAuthn,
)
from webapp.models.base import Base, Saved, ValidationError, constraint_name, utcnow
from webapp.models.base.message import Message
from webapp.models.certificate import Certificate, CertificateState
from webapp.models.check import Check, CheckMeasurement, CheckOrigin, CheckReport, CheckStatus
from webapp.models.custom_domain import LLMClientCustomDomain, suspends_name
from webapp.models.event import Event
from webapp.models.hosted_zone import (
    HostedZone,
    LLMClientCustomDomainDNS,
    RecordPurpose,
    RecordState,
    ZoneNameServer,
    ZoneState,
)
from webapp.models.installation import DeniedName, Finding, Reconciliation, ReconciliationPhase, SystemStatus
from webapp.models.integration import *  # noqa: F403 - all that stands in its `__all__`
from webapp.models.kinds.domain_state import (
    ALLOWED_TRANSITIONS,
    CHECKED_STATES,
    GONE_STATES,
    VERIFIED_STATES,
    DomainState,
    Unsettled,
)
from webapp.models.kinds.event import ActorKind, EventKind
from webapp.models.kinds.method import Method
from webapp.models.kinds.notification import NotificationKind
from webapp.models.llm_client import DnsVerificationStatus, LLMClient, TlsStatus
from webapp.models.notification import Email, EmailState, Notification
from webapp.models.outside import Probe, ProbeOutcome
from webapp.models.proof import RecordsProof, TargetState

__all__ = [
    "ALLOWED_TRANSITIONS",
    "CHECKED_STATES",
    "GONE_STATES",
    "STAFF_ROLE",
    "VERIFIED_STATES",
    "Account",
    "ActorKind",
    "Base",
    "Certificate",
    "CertificateState",
    "Check",
    "CheckMeasurement",
    "CheckOrigin",
    "CheckReport",
    "CheckStatus",
    "DeniedName",
    "DnsVerificationStatus",
    "DomainState",
    "Email",
    "EmailState",
    "Event",
    "EventKind",
    "Finding",
    "HostedZone",
    "Invitation",
    "LLMClient",
    "LLMClientCustomDomain",
    "LLMClientCustomDomainDNS",
    "MailStop",
    "Membership",
    "MembershipRole",
    "Message",
    "Method",
    "Notification",
    "NotificationAddress",
    "NotificationKind",
    "Probe",
    "ProbeOutcome",
    "Reconciliation",
    "ReconciliationPhase",
    "RecordPurpose",
    "RecordState",
    "RecordsProof",
    "Role",
    "SignedIn",
    "SystemStatus",
    "TargetState",
    "TlsStatus",
    "Unsettled",
    "User",
    "ValidationError",
    "WebAuthn",
    "ZoneNameServer",
    "ZoneState",
    "bind_models",
    "constraint_name",
    "suspends_name",
    "utcnow",
]


def bind_models(
    session: scoped_session[Any],
    platform_domain: Callable[[], str],
    verified_names: Callable[[], list[str]],
) -> None:
    """Give the models what they need of an application, since they know none. Called once, by the extensions."""
    Saved.session = session
    LLMClient.platform_domain = platform_domain
    LLMClientCustomDomain.verified_names = verified_names
