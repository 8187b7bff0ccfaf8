"""LLM clients: list, create, delete, and the page of one with its address."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit.log import Actor
from webapp.auth.access import current_account, me, own_domain_or_404, own_llm_client_or_404, sign_in_required
from webapp.certificates.status import CertificateStatus, certificate_status
from webapp.domain_page.context import DomainPage
from webapp.domain_page.reading import domain_page
from webapp.domain_page.status import status_text
from webapp.domains import assignment
from webapp.domains import queries as domain_queries
from webapp.domains.locks import lock_llm_client
from webapp.extensions import db, settings
from webapp.llm_clients import queries, services
from webapp.llm_clients.forms import ChangeLLMClientForm, DomainForm, NewLLMClientForm
from webapp.models import LLMClient, LLMClientCustomDomain, ValidationError, utcnow
from webapp.web.bounded import number
from webapp.web.forms import Form, form_page, refuse
from webapp.web.pagination import found_page, searched_for, turned_to

llm_clients = Blueprint("llm_clients", __name__, url_prefix="/llm-clients")

PER_PAGE = 50
#: From so many on, the list can be searched.
FEW = 5


@llm_clients.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs somebody who is signed in."""


@llm_clients.get("")
def index() -> ResponseReturnValue:
    text, behind = searched_for(), turned_to()
    found = queries.listed(current_account(), text, behind, PER_PAGE)
    return found_page(
        "llm_clients",
        llm_clients=found.llm_clients,
        certificate_of=_certificate_of,
        by_edge=not settings().asks_acm,
        next=found.next,
        q=text,
        searchable=text or behind or found.next or len(found.llm_clients) >= FEW,
    )


def _certificate_of(domain: LLMClientCustomDomain) -> CertificateStatus | None:
    newest = domain.certificates[0] if domain.certificates else None
    return certificate_status(newest, contact=settings().contact)


@llm_clients.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    account, form = current_account(), NewLLMClientForm()
    if form.validate_on_submit():
        try:
            made = services.create(account, form.name.data or "", deployed=bool(form.deployed.data))
        except ValidationError as err:
            refuse(form.name, err.message)
        else:
            db.session.commit()
            flash(f"{made.name} is created.", "success")
            return redirect(url_for("llm_clients.show", llm_client_id=made.id), code=303)
    return form_page("llm_clients/new.html", form)


@llm_clients.route("/<int:llm_client_id>", methods=["GET", "POST"])
def show(llm_client_id: int) -> ResponseReturnValue:
    llm_client = own_llm_client_or_404(llm_client_id)
    form = ChangeLLMClientForm(obj=llm_client)
    if form.validate_on_submit():
        if not lock_llm_client(llm_client):
            abort(404)
        switched = bool(form.deployed.data) != llm_client.deployed
        services.change(llm_client, name=form.name.data or "", deployed=bool(form.deployed.data))
        db.session.commit()
        flash(_switched(llm_client) if switched else "Saved.", "success")
        return redirect(url_for("llm_clients.show", llm_client_id=llm_client_id), code=303)
    return form_page(
        "llm_clients/show.html",
        form,
        llm_client=llm_client,
        page=_domain_page(llm_client),
        domain_form=_domain_form(llm_client),
        by_edge=not settings().asks_acm,
        q=searched_for(),
    )


def _switched(llm_client: LLMClient) -> str:
    if llm_client.deployed:
        return f"{llm_client.name} is deployed: visitors reach it."
    return f"{llm_client.name} is switched off: visitors get no answer."


def _domain_page(llm_client: LLMClient) -> DomainPage | None:
    domain = llm_client.custom_domain
    return domain_page(domain, settings(), utcnow()) if domain is not None else None


@llm_clients.route("/<int:llm_client_id>/delete", methods=["GET", "POST"])
def delete(llm_client_id: int) -> ResponseReturnValue:
    """Ask on a page of its own, because this cannot be taken back."""
    llm_client = own_llm_client_or_404(llm_client_id)
    if not Form().validate_on_submit():
        return render_template("llm_clients/delete.html", llm_client=llm_client)
    name = llm_client.name
    refusal = services.delete(llm_client, actor=Actor.person(me()))
    db.session.commit()
    if refusal is not None:
        flash(refusal.sentence, "warning")
        return redirect(url_for("llm_clients.show", llm_client_id=llm_client_id), code=303)
    flash(f"{name} is deleted.", "success")
    return redirect(url_for("llm_clients.index"), code=303)


@llm_clients.post("/<int:llm_client_id>/domain")
def choose_domain(llm_client_id: int) -> Response:
    llm_client = own_llm_client_or_404(llm_client_id)
    form = _domain_form(llm_client)
    if not form.validate_on_submit():
        flash("That domain cannot be chosen any more. Choose another one.", "warning")
    elif form.domain.data:
        _lead(own_domain_or_404(int(form.domain.data)), llm_client)
    elif (refusal := assignment.refusal_to_detach(llm_client)) is not None:
        flash(refusal.sentence, "warning")
    else:
        assignment.detach(llm_client, actor=Actor.person(me()))
        flash(f"{llm_client.name} is reached at its default address only.", "success")
    db.session.commit()
    return redirect(url_for("llm_clients.show", llm_client_id=llm_client_id), code=303)


def _lead(domain: LLMClientCustomDomain, llm_client: LLMClient) -> None:
    refusal = assignment.attach(llm_client, domain, actor=Actor.person(me()))
    if refusal is not None:
        flash(refusal.sentence, "warning")
        return
    flash(status_text.leading(domain, llm_client), "success")


def _domain_form(llm_client: LLMClient) -> DomainForm:
    form = DomainForm()
    chosen = number(form.domain.data) if form.is_submitted() else llm_client.custom_domain_id
    form.offer(domain_queries.offered_domains(current_account(), searched_for(), chosen), llm_client)
    return form
