"""Pages of endpoints and their deliveries, the same for an account and for the platform."""

from __future__ import annotations

import json

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit.log import Actor
from webapp.auth.access import (
    current_account,
    fresh_sign_in_required,
    is_owner,
    me,
    owned_account,
    sign_in_required,
    staff_required,
)
from webapp.extensions import db, limiter, settings
from webapp.messages.formatting import period
from webapp.models import Account, WebhookDelivery, WebhookEndpoint, utcnow
from webapp.runtime.public_url import own_address
from webapp.runtime.queue import queue
from webapp.web.bounded import MOST_ROW_ID
from webapp.web.forms import Form, form_page
from webapp.web.pagination import turned_to
from webapp.webhooks import endpoints, queries, secret
from webapp.webhooks.delivery import rule, tasks
from webapp.webhooks.outcomes import sentence_of
from webapp.webhooks.pages.forms import EndpointForm
from webapp.webhooks.targets import Refusal
from webapp.webhooks.types import CHOICES, says

webhooks = Blueprint("webhooks", __name__, url_prefix="/account/webhooks")
staff_webhooks = Blueprint("staff_webhooks", __name__, url_prefix="/staff/webhooks")

PER_PAGE = 50


@webhooks.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs somebody who is signed in."""


@staff_webhooks.before_request
@staff_required
def _staff_only() -> None:
    """Answer 404 to everybody who is not staff."""


def index() -> str:
    account = _whose()
    return render_template(
        "account/webhooks.html", endpoints=queries.endpoints_of(account), most=endpoints.MOST, **_place()
    )


@fresh_sign_in_required
def new() -> ResponseReturnValue:
    account, form = _whose(change=True), EndpointForm.of(None)
    if form.validate_on_submit():
        made = endpoints.add(
            account,
            form.url.data or "",
            form.description.data or "",
            form.kinds,
            actor=_actor(),
            settings=settings(),
        )
        if not isinstance(made, Refusal):
            db.session.commit()
            # Shown in this answer alone: a redirect would have to keep the secret somewhere.
            return render_template(
                "account/webhook_secret.html", endpoint=made[0], secret=made[1], **_place()
            )
        form.refuse(made)
    return form_page("account/webhook_form.html", form, endpoint=None, kinds=CHOICES, **_place())


def show(endpoint_id: int) -> str:
    endpoint = _endpoint_or_404(endpoint_id)
    rows = queries.deliveries_of(endpoint, before=turned_to(), limit=PER_PAGE + 1)
    return render_template(
        "account/webhook.html",
        endpoint=endpoint,
        deliveries=rows[:PER_PAGE],
        older=rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
        sentence_of=sentence_of,
        now=utcnow(),
        **_place(),
    )


@fresh_sign_in_required
def edit(endpoint_id: int) -> ResponseReturnValue:
    endpoint = _endpoint_or_404(endpoint_id, change=True)
    form = EndpointForm.of(endpoint)
    if form.validate_on_submit():
        refusal = endpoints.change(
            endpoint,
            url=form.url.data or "",
            description=form.description.data or "",
            kinds=form.kinds,
            actor=_actor(),
            settings=settings(),
        )
        if refusal is None:
            db.session.commit()
            flash("Saved.", "success")
            return _back(endpoint)
        form.refuse(refusal)
    return form_page("account/webhook_form.html", form, endpoint=endpoint, kinds=CHOICES, **_place())


@fresh_sign_in_required
def rotate(endpoint_id: int) -> ResponseReturnValue:
    """Ask on a page of its own: receivers have to be told."""
    endpoint = _endpoint_or_404(endpoint_id, change=True)
    lasts = period(secret.BOTH_SIGN)
    if not Form().validate_on_submit():
        return render_template("account/webhook_rotate.html", endpoint=endpoint, lasts=lasts, **_place())
    made = endpoints.rotate(endpoint, actor=_actor(), now=utcnow(), settings=settings())
    db.session.commit()
    return render_template(
        "account/webhook_secret.html", endpoint=endpoint, secret=made, lasts=lasts, **_place()
    )


def switch(endpoint_id: int) -> Response:
    """On or off, as the button says."""
    endpoint = _endpoint_or_404(endpoint_id, change=True)
    if request.form.get("wish") == "on":
        endpoints.switch_on(endpoint, actor=_actor())
        flash("The endpoint is on. It hears of what happens from now on.", "success")
    else:
        endpoints.switch_off(endpoint, actor=_actor(), now=utcnow())
        flash("The endpoint is off. What waited for it was dropped.", "success")
    db.session.commit()
    return _back(endpoint)


@limiter.limit(endpoints.TESTS_AN_HOUR, key_func=lambda: f"webhook-test:{me().id}")
def send_test(endpoint_id: int) -> Response:
    endpoint = _endpoint_or_404(endpoint_id, change=True)
    found = endpoints.send_test(endpoint, utcnow())
    db.session.commit()
    if isinstance(found, Refusal):
        flash(found.sentence, "error")
        return _back(endpoint)
    queue(tasks.send_one, found)
    flash("The test is on its way. Load this page again to see what came back.", "success")
    return _to_delivery(endpoint, found)


def delete(endpoint_id: int) -> ResponseReturnValue:
    """Ask on a page of its own, because this cannot be taken back."""
    endpoint = _endpoint_or_404(endpoint_id, change=True)
    if not Form().validate_on_submit():
        return render_template("account/webhook_delete.html", endpoint=endpoint, **_place())
    url = endpoint.url
    endpoints.delete(endpoint, actor=_actor())
    db.session.commit()
    flash(f"{url} is deleted, with its log.", "success")
    return redirect(url_for(f"{request.blueprint}.index"), code=303)


def delivery(endpoint_id: int, delivery_id: int) -> str:
    endpoint = _endpoint_or_404(endpoint_id)
    found = _delivery_or_404(endpoint, delivery_id)
    return render_template(
        "account/webhook_delivery.html",
        endpoint=endpoint,
        delivery=found,
        body=json.dumps(json.loads(found.message.body), indent=2, ensure_ascii=False),
        says=says(found.message.type),
        most=len(rule.PAUSES),
        address=own_address(settings()),
        sentence_of=sentence_of,
        **_place(),
    )


@limiter.limit(endpoints.AGAIN_AN_HOUR, key_func=lambda: f"webhook-again:{me().id}")
def send_again(endpoint_id: int, delivery_id: int) -> Response:
    endpoint = _endpoint_or_404(endpoint_id, change=True)
    found = _delivery_or_404(endpoint, delivery_id)
    refusal = endpoints.send_again(found, utcnow())
    db.session.commit()
    if refusal is not None:
        flash(refusal.sentence, "error")
        return _to_delivery(endpoint, delivery_id)
    queue(tasks.send_one, delivery_id)
    flash("It is on its way again. Load this page again to see what came back.", "success")
    return _to_delivery(endpoint, delivery_id)


_ONE = "/<int:endpoint_id>"
for _pages in (webhooks, staff_webhooks):
    _both, _post = ["GET", "POST"], ["POST"]
    _pages.add_url_rule("", view_func=index)
    _pages.add_url_rule("/new", view_func=new, methods=_both)
    _pages.add_url_rule(_ONE, view_func=show)
    _pages.add_url_rule(f"{_ONE}/edit", view_func=edit, methods=_both)
    _pages.add_url_rule(f"{_ONE}/secret", view_func=rotate, methods=_both)
    _pages.add_url_rule(f"{_ONE}/switch", view_func=switch, methods=_post)
    _pages.add_url_rule(f"{_ONE}/tests", view_func=send_test, methods=_post)
    _pages.add_url_rule(f"{_ONE}/delete", view_func=delete, methods=_both)
    _pages.add_url_rule(f"{_ONE}/deliveries/<int:delivery_id>", view_func=delivery)
    _pages.add_url_rule(f"{_ONE}/deliveries/<int:delivery_id>/again", view_func=send_again, methods=_post)


def _is_staffs() -> bool:
    return request.blueprint == staff_webhooks.name


def _whose(*, change: bool = False) -> Account | None:
    """The account; None on the platform's pages."""
    if _is_staffs():
        return None
    return owned_account() if change else current_account()


def _actor() -> Actor:
    return Actor.person(me(), as_staff=_is_staffs())


def _place() -> dict[str, object]:
    """What every template here needs. `place`: the blueprint whose pages these are."""
    return {"place": request.blueprint, "may_change": _is_staffs() or is_owner()}


def _endpoint_or_404(endpoint_id: int, *, change: bool = False) -> WebhookEndpoint:
    found = queries.endpoint(_whose(change=change), endpoint_id) if endpoint_id <= MOST_ROW_ID else None
    if found is None:
        abort(404)
    return found


def _delivery_or_404(endpoint: WebhookEndpoint, delivery_id: int) -> WebhookDelivery:
    found = queries.delivery(endpoint, delivery_id) if delivery_id <= MOST_ROW_ID else None
    if found is None:
        abort(404)
    return found


def _back(endpoint: WebhookEndpoint) -> Response:
    return redirect(url_for(f"{request.blueprint}.show", endpoint_id=endpoint.id), code=303)


def _to_delivery(endpoint: WebhookEndpoint, delivery_id: int) -> Response:
    page = f"{request.blueprint}.delivery"
    return redirect(url_for(page, endpoint_id=endpoint.id, delivery_id=delivery_id), code=303)
