"""The pages of transfers: a domain is offered or moved, and an offer is accepted, refused or withdrawn."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit.log import Actor
from webapp.auth.access import (
    choose_account,
    fresh_sign_in_required,
    me,
    own_domain_or_404,
    owned_account,
    row_or_404,
    sign_in_required,
)
from webapp.extensions import db, limiter, settings
from webapp.messages.formatting import period, shown
from webapp.models import Account, DomainTransfer, LLMClient, LLMClientCustomDomain, utcnow
from webapp.runtime.queue import queue
from webapp.transfers import moving, offers, queries
from webapp.transfers.forms import ClientForm, MoveForm, OfferForm
from webapp.transfers.rules import NotMoved, needs_client, refusal_to_have, refusal_to_leave
from webapp.transfers.tasks import tell
from webapp.web.bounded import number
from webapp.web.forms import form_page, refuse

transfers = Blueprint("transfers", __name__)


@transfers.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs somebody who is signed in."""


def _who_offers() -> str:
    return f"offers-of:{owned_account().id}"


@transfers.get("/domains/<int:domain_id>/transfer")
@fresh_sign_in_required
def ask(domain_id: int) -> ResponseReturnValue:
    owned_account()
    domain = own_domain_or_404(domain_id)
    if request.args.get("account"):
        account = _own_other_account(domain, request.args.get("account"))
        return _move_page(domain, account, MoveForm(domain))
    return _offer_page(domain, OfferForm(formdata=None))


@transfers.post("/domains/<int:domain_id>/transfer")
@fresh_sign_in_required
@limiter.limit(offers.AN_HOUR, key_func=_who_offers)
def offer(domain_id: int) -> ResponseReturnValue:
    owned_account()
    domain, form = own_domain_or_404(domain_id), OfferForm()
    if not form.validate_on_submit():
        return _offer_page(domain, form)
    made = offers.offer(domain, form.to.data or "", actor=Actor.person(me()), now=utcnow())
    if isinstance(made, NotMoved):
        db.session.rollback()
        refuse(form.to, made.sentence)
        return _offer_page(domain, form)
    db.session.commit()
    queue(tell, made.id)
    name, lasts = shown(domain.domain_name), period(offers.LASTS)
    flash(
        f"{name} is offered to {made.to}. If somebody there owns an account, they can accept it within {lasts}.",
        "success",
    )
    return redirect(url_for("transfers.ask", domain_id=domain_id), code=303)


@transfers.post("/domains/<int:domain_id>/transfer/move")
@fresh_sign_in_required
def move(domain_id: int) -> ResponseReturnValue:
    """At once, to another account of the same owner."""
    owned_account()
    domain = own_domain_or_404(domain_id)
    account = _own_other_account(domain, request.form.get("account"))
    form = MoveForm(domain)
    form.offer(queries.free_clients(account), needed=needs_client(domain))
    if not form.validate_on_submit():
        return _move_page(domain, account, form)
    done = moving.move_at_once(
        domain,
        account,
        _chosen(form),
        actor=Actor.person(me()),
        settings=settings(),
        now=utcnow(),
    )
    if isinstance(done, NotMoved):
        db.session.rollback()
        refuse(form.llm_client, done.sentence)
        return _move_page(domain, account, form)
    db.session.commit()
    queue(tell, done.id)
    choose_account(account.id)
    flash(f"{shown(domain.domain_name)} is in {account.name} now, where you work from here on.", "success")
    return redirect(url_for("domains.show", domain_id=domain_id), code=303)


@transfers.get("/account/transfers")
def index() -> str:
    account, now = owned_account(), utcnow()
    return render_template(
        "transfers/index.html",
        received=queries.received(account, me().email, now),
        given=queries.given(account),
        account=account,
        now=now,
    )


@transfers.get("/account/transfers/<int:transfer_id>")
def show(transfer_id: int) -> ResponseReturnValue:
    account = owned_account()
    transfer = _received_or_404(transfer_id, account)
    return _decision_page(transfer, account, ClientForm(formdata=None))


@transfers.post("/account/transfers/<int:transfer_id>/acceptance")
def accept(transfer_id: int) -> ResponseReturnValue:
    account = owned_account()
    transfer, form = _received_or_404(transfer_id, account), ClientForm()
    domain: LLMClientCustomDomain = transfer.custom_domain
    form.offer(queries.free_clients(account), needed=needs_client(domain))
    if not form.validate_on_submit():
        return _decision_page(transfer, account, form)
    refusal = moving.accept(
        transfer, account, _chosen(form), actor=Actor.person(me()), settings=settings(), now=utcnow()
    )
    if refusal is not None:
        db.session.rollback()
        if refusal.code == "offer-over":
            return _over(refusal)
        refuse(form.llm_client, refusal.sentence)
        return _decision_page(transfer, account, form)
    db.session.commit()
    queue(tell, transfer_id)
    flash(f"{shown(domain.domain_name)} is in your account now. It was served all the time.", "success")
    return redirect(url_for("domains.show", domain_id=domain.id), code=303)


@transfers.post("/account/transfers/<int:transfer_id>/refusal")
def decline(transfer_id: int) -> Response:
    account = owned_account()
    transfer = _received_or_404(transfer_id, account)
    refusal = offers.refuse(transfer, account, actor=Actor.person(me()), now=utcnow())
    name = shown(transfer.custom_domain.domain_name)
    return _decided(transfer_id, refusal, f"The offer of {name} is refused.")


@transfers.post("/account/transfers/<int:transfer_id>/withdrawal")
def withdraw(transfer_id: int) -> Response:
    account, transfer = owned_account(), row_or_404(DomainTransfer, transfer_id)
    if transfer.from_account_id != account.id:
        abort(404)
    refusal = offers.withdraw(transfer, actor=Actor.person(me()), now=utcnow())
    name = shown(transfer.custom_domain.domain_name)
    return _decided(transfer_id, refusal, f"{name} is not offered to {transfer.to} any more.")


def _decided(transfer_id: int, refusal: NotMoved | None, words: str) -> Response:
    if refusal is not None:
        db.session.rollback()
        return _over(refusal)
    db.session.commit()
    queue(tell, transfer_id)
    flash(words, "success")
    return redirect(url_for("transfers.index"), code=303)


def _over(refusal: NotMoved) -> Response:
    flash(refusal.sentence, "warning")
    return redirect(url_for("transfers.index"), code=303)


def _chosen(form: ClientForm) -> LLMClient | None:
    return db.session.get(LLMClient, int(form.llm_client.data)) if form.llm_client.data else None


def _own_other_account(domain: LLMClientCustomDomain, text: str | None) -> Account:
    wanted = number(text)
    found = queries.owned_by(me(), besides=domain.account)
    account = next((one for one in found if one.id == wanted), None)
    if account is None:
        abort(404)
    return account


def _received_or_404(transfer_id: int, account: Account) -> DomainTransfer:
    row_or_404(DomainTransfer, transfer_id)
    transfer = queries.received_one(transfer_id, account, me().email, utcnow())
    if transfer is None:
        abort(404)
    return transfer


def _offer_page(domain: LLMClientCustomDomain, form: OfferForm) -> ResponseReturnValue:
    return form_page(
        "transfers/offer.html",
        form,
        domain=domain,
        others=queries.owned_by(me(), besides=domain.account),
        offered=queries.open_of(domain, utcnow()),
        refusal=refusal_to_leave(domain),
        lasts=period(offers.LASTS),
    )


def _move_page(domain: LLMClientCustomDomain, account: Account, form: MoveForm) -> ResponseReturnValue:
    form.offer(queries.free_clients(account), needed=needs_client(domain))
    refusal = refusal_to_leave(domain) or refusal_to_have(account, domain, settings(), utcnow())
    return form_page(
        "transfers/move.html",
        form,
        domain=domain,
        account=account,
        refusal=refusal,
        needed=needs_client(domain),
    )


def _decision_page(transfer: DomainTransfer, account: Account, form: ClientForm) -> ResponseReturnValue:
    domain: LLMClientCustomDomain = transfer.custom_domain
    form.offer(queries.free_clients(account), needed=needs_client(domain))
    refusal = refusal_to_leave(domain) or refusal_to_have(account, domain, settings(), utcnow())
    return form_page(
        "transfers/decide.html",
        form,
        transfer=transfer,
        domain=domain,
        account=account,
        giver=offers.giver_of(transfer),
        refusal=refusal,
        needed=needs_client(domain),
    )
