"""Several domains at once: they are ticked in the list, and checked, removed or given to LLM clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit.log import Actor
from webapp.auth.access import current_account, me, own_llm_client_or_404, sign_in_required
from webapp.bulk import acts, table
from webapp.bulk.acts import Done
from webapp.bulk.forms import RemoveChosenForm
from webapp.domains import listing
from webapp.domains.queries import offered_llm_clients
from webapp.extensions import db, settings
from webapp.models import LLMClientCustomDomain
from webapp.web.bounded import number
from webapp.web.forms import form_page
from webapp.web.pagination import searched_for
from webapp.web.streaming import download

bulk = Blueprint("bulk", __name__, url_prefix="/domains")


@bulk.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs somebody who is signed in."""


@bulk.get("/export.csv")
def export_csv() -> Response:
    text = table.as_csv(current_account(), searched_for(), listing.Show.read(request.args.get("show")))
    return download(text, "text/csv", "domains.csv")


@bulk.post("/chosen")
def choose() -> ResponseReturnValue:
    """What is to be done with the domains that were ticked; a check needs no second page."""
    domains = _chosen()
    if not domains:
        return _nothing()
    match request.form.get("act"):
        case "remove":
            return form_page("domains/chosen_remove.html", RemoveChosenForm(domains), domains=domains)
        case "assign":
            return _ask_for_clients(domains)
    actor, chosen = Actor.person(me()), settings()
    return _told(_each(domains, lambda one: acts.check(one, actor=actor, settings=chosen)))


@bulk.post("/chosen/removal")
def remove() -> ResponseReturnValue:
    domains = _chosen()
    if not domains:
        return _nothing()
    form, actor = RemoveChosenForm(domains), Actor.person(me())
    if not form.validate_on_submit():
        return form_page("domains/chosen_remove.html", form, domains=domains)
    return _told(_each(domains, lambda one: acts.remove(one, actor=actor)))


@bulk.post("/chosen/llm-clients")
def assign() -> ResponseReturnValue:
    domains, actor = _chosen(), Actor.person(me())
    if not domains:
        return _nothing()
    wanted = {one.id: number(request.form.get(f"llm_client-{one.id}")) for one in domains}
    for chosen in {one for one in wanted.values() if one is not None}:
        own_llm_client_or_404(chosen)
    return _told(_each(domains, lambda one: acts.assign(one, wanted[one.id], actor=actor)))


def _chosen() -> Sequence[LLMClientCustomDomain]:
    ids = [found for text in request.form.getlist("domain") if (found := number(text)) is not None]
    return acts.chosen(current_account(), ids[: acts.MOST_CHOSEN])


def _nothing() -> Response:
    flash("Tick the domains first, and then choose what to do with them.", "warning")
    return redirect(url_for("domains.index"), code=303)


def _ask_for_clients(domains: Sequence[LLMClientCustomDomain]) -> str:
    offered = offered_llm_clients(current_account())
    return render_template("domains/chosen_assign.html", domains=domains, offered=offered)


def _each(
    domains: Sequence[LLMClientCustomDomain], act: Callable[[LLMClientCustomDomain], Done]
) -> Iterator[Done]:
    """One commit a domain."""
    account = current_account()
    for domain in domains:
        done = acts.still_of(account, domain) or act(domain)
        db.session.commit()
        if done.wake is not None:
            done.wake()
        yield done


def _told(found: Iterator[Done]) -> str:
    results = [*found]
    return render_template("domains/chosen_done.html", results=results)
