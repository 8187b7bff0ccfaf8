"""Retrying a certificate that was not issued, when somebody says that the cause is fixed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.audit.log import Actor, note
from webapp.certificates import lifecycle
from webapp.certificates.queries import is_proved
from webapp.certificates.status import waits_for_owner
from webapp.config.settings import Settings
from webapp.domains import queries
from webapp.domains.limits import NotReady, TooSoon, seconds_to_wait, take_turn, why_suspended
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.jobs import clock
from webapp.messages.formatting import shown
from webapp.messages.sentences.certificates import Happened
from webapp.models import EventKind, LLMClientCustomDomain, Message


@dataclass(frozen=True)
class Retried:
    """The certificate that a worker has to try now."""

    certificate_id: int


def by_owner(
    domain: LLMClientCustomDomain, *, actor: Actor, settings: Settings, now: datetime | None = None
) -> Retried | TooSoon | NotReady:
    """Check now what blocks the certificate, instead of when its pause is over.

    Only DNS is asked, as often as Verify may ask it. A new request goes to ACM only once nothing is in the way, and
    never beyond the retries that an owner has.
    """
    lock_domain(domain)
    now = now or clock.now()
    if domain.held_at is not None:
        return NotReady(why_suspended(domain), "suspended")
    newest = queries.newest_certificate(domain)
    if newest is None or not is_proved(domain) or not waits_for_owner(newest):
        return NotReady(
            f"Nothing that you could fix is in the way of a certificate for {shown(domain.domain_name)}."
        )
    if newest.next_attempt_at is None:
        contact = settings.contact
        return NotReady(f"We do not ask Amazon again before staff have checked it. Contact {contact}.")
    if not take_turn(domain, settings.check_button_interval_seconds, now):
        return TooSoon(seconds_to_wait(domain, settings, now))
    lifecycle.check_again(domain, now)
    _note(domain, actor, None)
    return Retried(newest.id)


def by_staff(
    domain: LLMClientCustomDomain, *, actor: Actor, reason: str, now: datetime | None = None
) -> str | None:
    """Request another generation, beyond the limit of failures. A refusal is a sentence."""
    lock_domain(domain)
    name = shown(domain.domain_name)
    if domain.held_at is not None:
        return f"{name} is suspended, and nothing is requested for it. Release it first."
    if not is_proved(domain):
        return f"{name} is {domain.state}, and a certificate is requested for proved names only."
    if not lifecycle.try_again(domain, now or clock.now()):
        return f"No certificate for {name} came to nothing, so there is none to try again."
    _note(domain, actor, reason)
    return None


def _note(domain: LLMClientCustomDomain, actor: Actor, reason: str | None) -> None:
    message = Message(Happened.RETRIED.value, {"name": domain.domain_name})
    note(domain, EventKind.CERTIFICATE_RETRIED, message, actor, reason=reason)
    db.session.flush()
