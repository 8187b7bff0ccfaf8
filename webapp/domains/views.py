"""A customer's domains: list, register, the page of one, and what can be done there."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.auth.access import current_account, me, own_domain_or_404, own_llm_client_or_404, sign_in_required
from webapp.dns import names
from webapp.domains import queries, services
from webapp.domains.actors import Actor
from webapp.domains.forms import EmptyForm, LLMClientForm, RegisterForm
from webapp.domains.page import DomainPage, domain_page
from webapp.domains.tasks import queue_request, set_up_zone
from webapp.extensions import db, settings
from webapp.forms import form_page, refuse
from webapp.llm_clients.queries import llm_clients_of
from webapp.models import CheckOrigin, LLMClientCustomDomain, utcnow
from webapp.pages import turned_to, unless_unchanged
from webapp.queue import queue

domains = Blueprint("domains", __name__, url_prefix="/domains")

PER_PAGE = 25


@domains.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here is somebody's."""


@domains.get("")
def index() -> str:
    account, text = current_account(), request.args.get("q", "").strip()
    rows = queries.listed(account, text, turned_to(), PER_PAGE + 1)
    return render_template(
        "domains/index.html",
        domains=rows[:PER_PAGE],
        q=text,
        older=rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
    )


@domains.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    form = RegisterForm()
    form.offer(llm_clients_of(current_account()))
    suggestion = None
    if form.validate_on_submit():
        outcome = _register(form)
        if isinstance(outcome, services.Registered):
            return _registered(outcome)
        db.session.rollback()
        refuse(form.domain_name, outcome.sentence)
        suggestion = outcome.suggestion
    return form_page("domains/register.html", form, suggestion=suggestion)


def _register(form: RegisterForm) -> services.Registered | names.Refusal:
    actor = Actor.person(me())
    llm_client = own_llm_client_or_404(int(form.llm_client.data)) if form.llm_client.data else None
    if llm_client is not None:
        # A client has one domain: the new one takes it over, and the history of the old one says so.
        services.detach(llm_client, actor=actor)
    return services.register(
        current_account(),
        form.domain_name.data or "",
        actor=actor,
        settings=settings(),
        llm_client=llm_client,
    )


def _registered(outcome: services.Registered) -> Response:
    domain = outcome.domain
    if outcome.existing:
        db.session.rollback()
        flash("You registered this domain before. Here it is; nothing was changed.", "info")
        return redirect(url_for("domains.show", domain_id=domain.id), code=303)
    db.session.commit()
    if outcome.zone_id is not None:
        queue(set_up_zone, outcome.zone_id)
    for sentence in outcome.understood:
        flash(sentence, "info")
    warning = names.lookalike_warning(names.HostName(domain.domain_name))
    if warning:
        flash(warning, "warning")
    return redirect(url_for("domains.show", domain_id=domain.id), code=303)


@domains.get("/<int:domain_id>")
def show(domain_id: int) -> str:
    page = _page(own_domain_or_404(domain_id))
    form = LLMClientForm()
    form.offer(llm_clients_of(current_account()), page.domain)
    return render_template("domains/show.html", page=page, form=form)


@domains.get("/<int:domain_id>/status")
def status(domain_id: int) -> Response:
    """What the page swaps in by itself. Only reads; unchanged is 304 without any rendering."""
    page = _page(own_domain_or_404(domain_id))
    return unless_unchanged(page.version, lambda: render_template("domains/_live.html", page=page))


@domains.post("/<int:domain_id>/checks")
def check(domain_id: int) -> Response:
    domain = own_domain_or_404(domain_id)
    actor = Actor.person(me())
    outcome = services.request_check(domain, origin=CheckOrigin.CUSTOMER, actor=actor, settings=settings())
    db.session.commit()
    if isinstance(outcome, services.CheckRequested | services.LookRequested):
        queue_request(outcome)
    else:
        flash(outcome.sentence, "warning")
    return redirect(url_for("domains.show", domain_id=domain.id), code=303)


@domains.post("/<int:domain_id>/llm-client")
def choose_llm_client(domain_id: int) -> Response:
    domain, actor = own_domain_or_404(domain_id), Actor.person(me())
    form = LLMClientForm()
    form.offer(llm_clients_of(current_account()), domain)
    if form.validate_on_submit() and form.llm_client.data:
        services.attach(own_llm_client_or_404(int(form.llm_client.data)), domain, actor=actor)
    elif form.validate() and domain.llm_client is not None:
        services.detach(domain.llm_client, actor=actor)
    db.session.commit()
    return redirect(url_for("domains.show", domain_id=domain.id), code=303)


@domains.route("/<int:domain_id>/remove", methods=["GET", "POST"])
def remove(domain_id: int) -> ResponseReturnValue:
    domain, form = own_domain_or_404(domain_id), EmptyForm()
    if form.validate_on_submit():
        services.remove(domain, actor=Actor.person(me()))
        db.session.commit()
        flash(f"{domain.domain_name} is switched off and being removed.", "success")
        return redirect(url_for("domains.index"), code=303)
    return form_page("domains/remove.html", form, page=_page(domain))


def _page(domain: LLMClientCustomDomain) -> DomainPage:
    return domain_page(domain, settings(), utcnow())
