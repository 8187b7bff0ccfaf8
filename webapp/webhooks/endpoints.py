"""What people and keys do with endpoints. Services flush; each act is an event of the account, or of the platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import func, select, update

from webapp.audit.log import Actor, note_account, note_alone
from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.models import (
    Account,
    DeliveryState,
    EndpointState,
    EventKind,
    Message,
    OffReason,
    WebhookDelivery,
    WebhookEndpoint,
)
from webapp.models.base.free_text import fault_in
from webapp.webhooks import outbox, secret, targets
from webapp.webhooks.payload import VERSION
from webapp.webhooks.targets import Refusal
from webapp.webhooks.types import CHOICES, WebhookType

#: Endpoints of one account.
MOST = 20
LONGEST_DESCRIPTION = 200
#: How often somebody can have one more request sent: an endpoint may be a server that never asked for them.
TESTS_AN_HOUR, AGAIN_AN_HOUR = "60 per hour", "600 per hour"
#: A lock that does not wait for transactions which write deliveries, nor holds them up.
LOCK = {"key_share": True}
_OFF_CODES = {
    OffReason.ASKED: "webhook.off",
    OffReason.GONE: "webhook.off-gone",
    OffReason.FAILING: "webhook.off-failing",
}
_OFF = Refusal("endpoint-off", "The endpoint is switched off. Switch it on first.")


def add(
    account: Account | None,
    url: str,
    description: str,
    kinds: Sequence[WebhookType],
    *,
    actor: Actor,
    settings: Settings,
) -> tuple[WebhookEndpoint, str] | Refusal:
    """The endpoint and its secret, which nobody can read later."""
    refusal = _refusal(url, description, kinds, settings)
    if refusal is not None:
        return refusal
    mine = WebhookEndpoint.account_id == (account.id if account else None)
    if (db.session.scalar(select(func.count(WebhookEndpoint.id)).where(mine)) or 0) >= MOST:
        return Refusal("too-many", f"There are {MOST} endpoints already. Delete one first.")
    made = secret.new_secret()
    endpoint = WebhookEndpoint(
        account=account,
        url=url,
        description=description,
        types=_written(kinds),
        payload_version=VERSION,
        secret=secret.encrypted(made, settings.secret_keys),
    )
    db.session.add(endpoint)
    db.session.flush()
    _note(endpoint, EventKind.WEBHOOK_ADDED, "webhook.added", actor)
    return endpoint, made


def change(
    endpoint: WebhookEndpoint,
    *,
    url: str,
    description: str,
    kinds: Sequence[WebhookType],
    actor: Actor,
    settings: Settings,
) -> Refusal | None:
    """What waits goes to the new URL."""
    lock(endpoint)
    refusal = _refusal(url, description, kinds, settings)
    if refusal is not None:
        return refusal
    new = url, description, _written(kinds)
    if new == (endpoint.url, endpoint.description, endpoint.types):
        return None
    if url != endpoint.url:
        _forget_failures(endpoint)
    endpoint.url, endpoint.description, endpoint.types = new
    _note(endpoint, EventKind.WEBHOOK_CHANGED, "webhook.changed", actor)
    return None


def _refusal(url: str, description: str, kinds: Sequence[WebhookType], settings: Settings) -> Refusal | None:
    read = targets.read(url, settings.webhook_allow_networks, settings.refused_networks)
    if isinstance(read, Refusal):
        return read
    if len(description) > LONGEST_DESCRIPTION:
        return Refusal("description-invalid", f"Enter {LONGEST_DESCRIPTION} characters at most.")
    if fault := fault_in(description):
        return Refusal("description-invalid", fault)
    if not kinds:
        return Refusal("types-missing", "Choose one type of message at least.")
    return None


def _written(kinds: Sequence[WebhookType]) -> list[str]:
    return [one.value for one in CHOICES if one in kinds]


def rotate(endpoint: WebhookEndpoint, *, actor: Actor, now: datetime, settings: Settings) -> str:
    """Another secret. The former one signs as well for `secret.BOTH_SIGN`."""
    lock(endpoint)
    made = secret.new_secret()
    endpoint.former_secret, endpoint.former_until = endpoint.secret, now + secret.BOTH_SIGN
    endpoint.secret = secret.encrypted(made, settings.secret_keys)
    _note(endpoint, EventKind.WEBHOOK_ROTATED, "webhook.rotated", actor)
    return made


def switch_on(endpoint: WebhookEndpoint, *, actor: Actor) -> None:
    """From now on it hears again. What was told meanwhile, it does not hear."""
    lock(endpoint)
    if endpoint.state is EndpointState.ON:
        return
    endpoint.state, endpoint.off_reason = EndpointState.ON, None
    _forget_failures(endpoint)
    _note(endpoint, EventKind.WEBHOOK_ON, "webhook.on", actor)


def switch_off(
    endpoint: WebhookEndpoint, *, actor: Actor, now: datetime, why: OffReason = OffReason.ASKED
) -> None:
    """At once: what waits for it is dropped."""
    lock(endpoint)
    if endpoint.state is EndpointState.OFF:
        return
    endpoint.state, endpoint.off_reason = EndpointState.OFF, why
    since = (endpoint.failing_since or now).isoformat()
    _note(endpoint, EventKind.WEBHOOK_OFF, _OFF_CODES[why], actor, since=since)
    waits = WebhookDelivery.endpoint_id == endpoint.id, WebhookDelivery.next_attempt_at.is_not(None)
    db.session.execute(
        update(WebhookDelivery)
        .where(*waits)
        .values(state=DeliveryState.DROPPED, next_attempt_at=None)
        .execution_options(synchronize_session="fetch")
    )


def delete(endpoint: WebhookEndpoint, *, actor: Actor) -> None:
    """With its deliveries. A worker that is sending to it records nothing."""
    lock(endpoint)
    _note(endpoint, EventKind.WEBHOOK_REMOVED, "webhook.removed", actor)
    db.session.delete(endpoint)
    db.session.flush()


def send_test(endpoint: WebhookEndpoint, now: datetime) -> int | Refusal:
    """The id of the delivery."""
    lock(endpoint)
    return _OFF if endpoint.state is EndpointState.OFF else outbox.write_test(endpoint, now)


def send_again(delivery: WebhookDelivery, now: datetime) -> Refusal | None:
    """Now, with the same id and body, and with all its retries anew."""
    lock(delivery.endpoint)
    if delivery.endpoint.state is EndpointState.OFF:
        return _OFF
    db.session.refresh(delivery, with_for_update=LOCK)
    if delivery.state is DeliveryState.WAITING and delivery.attempts == 0:
        return None
    delivery.state, delivery.attempts, delivery.next_attempt_at = DeliveryState.WAITING, 0, now
    db.session.flush()
    return None


def renew_secrets(settings: Settings) -> tuple[int, int]:
    """Encrypt all secrets with SECRET_KEY: how many endpoints that were, and how many no key of ours reads."""
    renewed = lost = 0
    for endpoint in db.session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.id)):
        lock(endpoint)
        found = secret.renewed(endpoint.secret, settings.secret_keys)
        if found is None:
            lost += 1
            continue
        endpoint.secret, renewed = found, renewed + 1
        if endpoint.former_secret is not None:
            endpoint.former_secret = secret.renewed(endpoint.former_secret, settings.secret_keys)
    db.session.flush()
    return renewed, lost


def lock(endpoint: WebhookEndpoint) -> None:
    """Before its deliveries: another order could deadlock with the worker that records."""
    db.session.flush()
    db.session.refresh(endpoint, with_for_update=LOCK)


def _forget_failures(endpoint: WebhookEndpoint) -> None:
    endpoint.failing_since = endpoint.told_at = endpoint.rests_until = None
    endpoint.mail_due_at = endpoint.mail_kind = None


def _note(endpoint: WebhookEndpoint, kind: EventKind, code: str, actor: Actor, **params: str) -> None:
    said = Message(code, {"url": without_query(endpoint.url), **params})
    if endpoint.account is not None:
        note_account(endpoint.account, kind, said, actor)
    else:
        note_alone(kind, said, actor)
    db.session.flush()


def without_query(url: str) -> str:
    """For histories and e-mails: some receivers put a token there."""
    return urlsplit(url)._replace(query="").geturl()[:500]
