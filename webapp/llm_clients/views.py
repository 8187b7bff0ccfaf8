"""LLM clients: list, create, and the page of one with its address."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.auth.access import current_account, me, own_domain_or_404, own_llm_client_or_404, sign_in_required
from webapp.domains import queries as domain_queries
from webapp.domains import services as domain_services
from webapp.domains.actors import Actor
from webapp.extensions import db
from webapp.forms import form_page, refuse
from webapp.llm_clients import queries, services
from webapp.llm_clients.forms import ChangeLLMClientForm, DomainForm, NewLLMClientForm
from webapp.models import LLMClient, ValidationError

llm_clients = Blueprint("llm_clients", __name__, url_prefix="/llm-clients")


@llm_clients.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here is somebody's."""


@llm_clients.get("")
def index() -> str:
    return render_template("llm_clients/index.html", llm_clients=queries.llm_clients_of(current_account()))


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
        services.change(llm_client, name=form.name.data or "", deployed=bool(form.deployed.data))
        db.session.commit()
        flash("Saved.", "success")
        return redirect(url_for("llm_clients.show", llm_client_id=llm_client.id), code=303)
    return form_page(
        "llm_clients/show.html", form, llm_client=llm_client, domain_form=_domain_form(llm_client)
    )


@llm_clients.post("/<int:llm_client_id>/domain")
def choose_domain(llm_client_id: int) -> Response:
    llm_client, actor = own_llm_client_or_404(llm_client_id), Actor.person(me())
    form = _domain_form(llm_client)
    if form.validate_on_submit():
        if form.domain.data:
            domain_services.attach(llm_client, own_domain_or_404(int(form.domain.data)), actor=actor)
        else:
            domain_services.detach(llm_client, actor=actor)
        db.session.commit()
        flash("Saved.", "success")
    return redirect(url_for("llm_clients.show", llm_client_id=llm_client.id), code=303)


def _domain_form(llm_client: LLMClient) -> DomainForm:
    form = DomainForm()
    form.offer(domain_queries.attachable(current_account()), llm_client)
    return form
