"""The page on which links are made, and the page behind a link, which needs no sign-in."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from webapp.audit.log import Actor
from webapp.auth.access import current_account, me, own_domain_or_404, row_or_404, sign_in_required
from webapp.checks import request as check_request
from webapp.checks.tasks import queue_request
from webapp.domains.limits import TooSoon
from webapp.extensions import csrf, db, limiter, settings
from webapp.handover import links
from webapp.handover.addresses import code_of, token_of
from webapp.handover.forms import LinkForm
from webapp.handover.page import HandoverPage, handover_page
from webapp.messages.formatting import period, shown
from webapp.models import ActorKind, CheckOrigin, HandoverLink, LLMClientCustomDomain, utcnow
from webapp.runtime.requests.trusted_proxies import client_network
from webapp.web.forms import Form, form_page, refuse

handover = Blueprint("handover", __name__, url_prefix="/domains")
open_links = Blueprint("open_links", __name__, url_prefix="/hand-over")

#: Of one network address. The page's script asks about thirty times a minute while a check is under way.
_A_MINUTE = "120 per minute"


@handover.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs somebody who is signed in."""


@handover.get("/<int:domain_id>/hand-over")
def index(domain_id: int) -> ResponseReturnValue:
    return _links_page(own_domain_or_404(domain_id), LinkForm(formdata=None))


@handover.post("/<int:domain_id>/hand-over")
def make(domain_id: int) -> ResponseReturnValue:
    domain, form = own_domain_or_404(domain_id), LinkForm()
    if not form.validate_on_submit():
        return _links_page(domain, form)
    link = links.make(domain, form.made_for.data or "", actor=Actor.person(me()), now=utcnow())
    if isinstance(link, links.NotMade):
        db.session.rollback()
        refuse(form.made_for, link.sentence)
        return _links_page(domain, form)
    db.session.commit()
    flash(
        f"The link for {link.made_for} works for {period(links.LASTS)}. Send it with the e-mail below.",
        "success",
    )
    return redirect(url_for("handover.index", domain_id=domain.id, _anchor=f"link-{link.id}"), code=303)


@handover.post("/hand-over/<int:link_id>/revoke")
def revoke(link_id: int) -> BaseResponse:
    link = row_or_404(HandoverLink, link_id)
    if link.account_id != current_account().id or link.custom_domain.account_id != link.account_id:
        abort(404)
    links.revoke(link, actor=Actor.person(me()), now=utcnow())
    db.session.commit()
    flash(f"The link for {link.made_for} is revoked, and leads nowhere now.", "success")
    return redirect(url_for("handover.index", domain_id=link.custom_domain_id), code=303)


def _links_page(domain: LLMClientCustomDomain, form: LinkForm) -> ResponseReturnValue:
    now = utcnow()
    found = links.of_domain(domain, now)
    return form_page(
        "handover/links.html",
        form,
        domain=domain,
        working=[(link, *_to_send(link)) for link in found if links.stands(link, now)],
        over=[link for link in found if not links.stands(link, now)],
        lasts=period(links.LASTS),
        can_be_made=not domain.state.is_gone and domain.held_at is None,
    )


def _to_send(link: HandoverLink) -> tuple[str, str]:
    """The address, and the text of an e-mail with it."""
    address = address_of(link)
    seen = handover_page(link.custom_domain, settings(), utcnow())
    return address, render_template("handover/email.txt", seen=seen, link=link, address=address)


def address_of(link: HandoverLink) -> str:
    return url_for("open_links.show", token=token_of(link), _external=True)


@open_links.after_request
def _kept_from_others(response: Response) -> Response:
    """Neither search engines nor the pages that its links lead to hear of the address."""
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@open_links.get("/<token>")
@limiter.limit(_A_MINUTE, key_func=client_network)
def show(token: str) -> ResponseReturnValue:
    link = _link(token)
    if link is None:
        return _gone()
    if links.opened(link, utcnow()):
        db.session.commit()
    return _page(link, token)


@open_links.get("/<token>/status")
@limiter.limit(_A_MINUTE, key_func=client_network)
def status(token: str) -> ResponseReturnValue:
    """The part of the page that its script polls. It only reads."""
    link = _link(token)
    return _gone() if link is None else render_template("handover/_live.html", seen=_seen(link), token_=token)


@open_links.post("/<token>/checks")
@csrf.exempt  # type: ignore[untyped-decorator]
@limiter.limit(_A_MINUTE, key_func=client_network)
def check(token: str) -> ResponseReturnValue:
    """Check now, as often as the owner's button. The form's token is compared here: the browser sends no referrer
    from this page, which Flask-WTF would ask for over HTTPS.
    """
    if not Form().validate_on_submit():
        abort(400)
    link = _link(token)
    if link is None:
        return _gone()
    by = Actor(ActorKind.CUSTOMER, f"Link for {link.made_for}")
    outcome = check_request.request_check(
        link.custom_domain, origin=CheckOrigin.CUSTOMER, actor=by, settings=settings()
    )
    db.session.commit()
    if isinstance(outcome, check_request.CheckRequested | check_request.ParentCheckRequested):
        queue_request(outcome)
    elif isinstance(outcome, TooSoon):
        flash(outcome.sentence, "warning")
    else:
        flash(
            f"{shown(link.custom_domain.domain_name)} cannot be checked at this moment. Try again later.",
            "warning",
        )
    return redirect(url_for("open_links.show", token=token), code=303)


def _link(token: str) -> HandoverLink | None:
    code = code_of(token)
    return links.with_code(code, utcnow()) if code else None


def _page(link: HandoverLink, token: str) -> str:
    return render_template("handover/page.html", seen=_seen(link), token_=token, until=link.expires_at)


def _seen(link: HandoverLink) -> HandoverPage:
    return handover_page(link.custom_domain, settings(), utcnow())


def _gone() -> tuple[str, int]:
    """The same for a link that never was, one that ended, and one that was revoked."""
    return render_template("handover/gone.html", lasts=period(links.LASTS)), 404
