"""Every e-mail with a page of its own in it, about a domain of the gallery for which it is true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import render_template
from flask_mailman import EmailMultiAlternatives
from jinja2 import Undefined

from tests.browser.gallery import Gallery
from tests.factories import make_account, make_domain
from webapp.auth.mails import as_html
from webapp.domain_page.reading import domain_page
from webapp.extensions import db, settings
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    DomainState,
    LLMClientCustomDomain,
    Message,
    NotificationKind,
    WebhookEndpoint,
    utcnow,
)
from webapp.notifications import delivery, draft, emails
from webapp.notifications.parcels import Parcel
from webapp.notifications.rules import transition_rules
from webapp.notifications.rules.untold import News
from webapp.webhooks.delivery import mails
from webapp.webhooks.delivery.queue import FAILS, SWITCHED_OFF

K = NotificationKind
_HOOK = "https://acme.example/hooks"
#: What each kind is about in the gallery; further ones are proved by records in their own zone.
_ABOUT = (
    (K.VERIFIED, "state-verified"),
    (K.VERIFIED, "issued"),
    (K.VERIFIED, "records-live"),
    (K.ACTION_NEEDED, "delegation_partial"),
    (K.ACTION_NEEDED, "ns_mistyped"),
    (K.ACTION_NEEDED, "stale_ds"),
    (K.ACTION_NEEDED, "records-wrong"),
    (K.ACTION_NEEDED, "records-reserved"),
    (K.FAILING, "state-failing"),
    (K.FAILING, "records-wrong"),
    (K.FAILING_HALFWAY, "state-failing"),
    (K.FAILING_LAST_DAY, "state-failing"),
    (K.LAPSED, "state-lapsed"),
    (K.CONTESTED, "state-verified"),
    (K.MOVED_AWAY, "state-lapsed"),
    (K.RECOVERED, "state-verified"),
    (K.EXPIRED, "state-expired"),
    (K.REMOVED, "state-removed"),
    (K.REMOVED, "records-live"),
    (K.KEPT, "delegation_partial"),
    (K.CERTIFICATE_TROUBLE, "blocked"),
    (K.ON_HOLD, "held"),
    (K.RELEASED, "issued"),
    (K.WHOLE_DOMAIN, "alarm"),
    (K.WHOLE_DOMAIN_OVER, "issued"),
    (K.NOT_LIVE, "elsewhere"),
    (K.LIVE_AGAIN, "state-verified"),
    (K.CERTIFICATE_ENDS, "state-verified"),
    (K.HANDED_OVER, "records-live"),
)


@dataclass(frozen=True)
class Written:
    """One e-mail as it travels."""

    name: str
    subject: str
    text: str
    html: str


def written(gallery: Gallery) -> Iterator[Written]:
    """Nothing of it is kept in the database."""
    with gallery.app.app_context():
        for kind, key in _ABOUT:
            shown = next(row for name, row in gallery.shown.items() if name.endswith(key))
            yield _as_sent(f"{kind}-{key}", delivery.message(_parcel(kind, shown)))
            db.session.rollback()
        with gallery.app.test_request_context():
            yield from _of_sign_ins()
        for why in (FAILS, SWITCHED_OFF):
            endpoint, now = WebhookEndpoint(url=_HOOK, mail_kind=why, account_id=1), utcnow()
            said = (*mails.words(endpoint, now), "https://np.example/1", mails.why(endpoint))
            letter = mails.Letter(1, now, why, (), *said)
            yield _as_sent(f"webhook-{why}", mails.message(letter, "owner@acme.example"))


def _of_sign_ins() -> Iterator[Written]:
    """Those that a page sends at once, as `webapp.auth.mails` makes HTML of them."""
    shop, link = "baker@bakery.example", "https://np.example/a-long-secret-link"
    facts = {
        "email": shop,
        "link": link,
        "never": f"{link}/never",
        "lasts": "2 days",
        "sentence": "It is on.",
    }
    facts |= {"made_by": shop, "whose": "“Bakery”", "name": "“CI”", "prefix": "npk_live_1", "scopes": "read"}
    for name in ("welcome", "welcome_existing", "way_in", "changed", "by_operator", "key_made"):
        more = {} if name.startswith("welcome") else {"never": Undefined()}
        said = facts | more | {"ends": "never", "page": "keys.index"}
        text = render_template(f"security/email/{name}.txt", **said)
        yield Written(name, "Open your account", text, as_html("Open your account", text))


def _as_sent(name: str, message: EmailMultiAlternatives) -> Written:
    [(html, _)] = message.alternatives
    return Written(name, message.subject, message.body, str(html))


def _parcel(kind: NotificationKind, domain_id: int) -> Parcel:
    domain, now = db.session.get_one(LLMClientCustomDomain, domain_id), utcnow()
    if domain.state not in transition_rules.STANDS[kind]:
        domain.state = _OF.get(kind, DomainState.VERIFIED)
        domain.grace_until = now + timedelta(days=7)
    if kind is K.CONTESTED:
        make_domain(make_account("Rival"), domain.domain_name, contests_since=now)
    periods = transition_rules.Periods()
    occasions = draft.Occasions(
        periods.pending, periods.last_warning, (timedelta(hours=6), timedelta(hours=24))
    )
    page = domain_page(domain, settings(), now)
    return Parcel(
        email_id=1,
        lease=now,
        address="owner@acme.example",
        message_id="<1@acme.example>",
        text=emails.email_text([_news(kind, domain)], page, occasions, now),
        host=domain.domain_name,
        account="Acme Trading (1234-5678-9012)",
        stop_code=None,
        domain_id=domain.id if domain.state is not DomainState.REMOVED else None,
        request_ids=(),
    )


_OF = {K.FAILING: DomainState.FAILING, K.REMOVED: DomainState.REMOVED}


def _news(kind: NotificationKind, domain: LLMClientCustomDomain) -> News:
    now = utcnow()
    more = _PARAMS.get(kind)
    if more is None:
        facts, periods = transition_rules.facts_of(domain), transition_rules.Periods()
        return transition_rules.make(kind, now, facts, periods, "It was a mistake.")
    name, soon, ago = domain.domain_name, now + timedelta(days=2), now - timedelta(minutes=20)
    times = {"from": soon, "until": soon, "ends": soon, "since": ago}
    said = {"name": name, "zone": name.partition(".")[2], **more}
    said |= {key: moment.isoformat() for key, moment in times.items()}
    return News(kind, now, Message(f"notification.{kind.value}", said))


_AT = {"name": "chat.acme.com", "address": "198.51.100.7", "status": 404, "server": "Apache"}
_CAA = {
    "where": "blocked.example.net",
    "allows": ["letsencrypt.org"],
    "authority": "amazon.com",
    "add": '0 issue "amazon.com"',
}
#: Of the kinds that follow from no transition, what their sentences need besides name and times.
_PARAMS: dict[NotificationKind, dict[str, Any]] = {
    K.CONTESTED: {},
    K.CERTIFICATE_TROUBLE: {"problem": Message(Problem.CAA_RESTRICTED.value, _CAA).as_param()},
    K.WHOLE_DOMAIN: {},
    K.WHOLE_DOMAIN_OVER: {},
    K.NOT_LIVE: {"seen": Message("probe.points-elsewhere", _AT).as_param()},
    K.LIVE_AGAIN: {},
    K.CERTIFICATE_ENDS: {"issuer": "Let’s Encrypt, R11", "days": 2},
    K.HANDED_OVER: {"made_for": ["Jane", "Joe"]},
}
