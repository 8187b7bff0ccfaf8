"""The page of one of a customer's domains, and what can be done there."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit.log import Actor
from webapp.auth.access import (
    current_account,
    me,
    own_domain_or_404,
    own_llm_client_or_404,
    sign_in_required,
)
from webapp.certificates import retry
from webapp.certificates.tasks import see_to_certificate
from webapp.checks import request as check_request
from webapp.checks.tasks import queue_open_check, queue_request
from webapp.dns.delegation import as_typed
from webapp.domain_page.attention_views import header_version
from webapp.domain_page.context import DomainPage
from webapp.domain_page.forms import KnownForm, LLMClientForm, MethodForm, RemoveForm
from webapp.domain_page.own import own_locked_or_404
from webapp.domain_page.picture.draw import picture_of
from webapp.domain_page.reading import domain_page
from webapp.domain_page.records.snippets import Chosen, chosen
from webapp.domain_page.report_text import evidence_text, questions
from webapp.domain_page.status import existing_records, status_text
from webapp.domains import assignment, lifecycle, limits
from webapp.domains.queries import offered_llm_clients
from webapp.domains.rules.standing import told_situation
from webapp.domains.rules.status import situation
from webapp.extensions import db, settings
from webapp.messages.formatting import shown
from webapp.models import CheckOrigin, LLMClient, LLMClientCustomDomain, Method, utcnow
from webapp.proofs import change as proof_change
from webapp.proofs import restore
from webapp.proofs.registry import METHODS, method_of
from webapp.proofs.waking import wake_for
from webapp.runtime.queue import queue
from webapp.web.bounded import number
from webapp.web.forms import form_page
from webapp.web.pagination import searched_for, unless_unchanged

domains = Blueprint("domains", __name__, url_prefix="/domains")


@domains.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs somebody who is signed in."""


@domains.get("/<int:domain_id>")
def show(domain_id: int) -> str:
    return _show(_page(own_domain_or_404(domain_id)))


def _show(page: DomainPage, wrong: KnownForm | None = None) -> str:
    form = LLMClientForm()
    current = page.domain.llm_client
    form.offer(
        offered_llm_clients(current_account(), searched_for(), current.id if current else None), page.domain
    )
    return render_template("domains/show.html", page=page, form=form, wrong=wrong, q=searched_for())


@domains.post("/<int:domain_id>/acknowledgement")
def acknowledge(domain_id: int) -> ResponseReturnValue:
    """Confirm that the reader knows what stops. Afterwards the page shows the records to add."""
    page, form = _page(own_locked_or_404(domain_id)), KnownForm()
    if not form.validate_on_submit():
        return _show(page, wrong=form), 422
    if page.zone is not None and page.existing is not None and not page.suspended:
        existing_records.acknowledge(page.zone, page.existing, Actor.person(me()), utcnow())
        db.session.commit()
        flash("Confirmed. What to type is shown below.", "success")
    return redirect(url_for("domains.show", domain_id=domain_id, _anchor="records"), code=303)


@domains.get("/<int:domain_id>/status")
def status(domain_id: int) -> Response:
    """The parts of the page that its script polls. It only reads, and answers 304 without rendering if unchanged."""
    page = _page(own_domain_or_404(domain_id))
    version = f"{page.version}-{page.watch.version if page.watch else ''}-{header_version()}"
    return unless_unchanged(version, lambda: render_template("domains/_status.html", page=page))


@domains.post("/<int:domain_id>/checks")
def check(domain_id: int) -> Response:
    domain = own_locked_or_404(domain_id)
    actor = Actor.person(me())
    outcome = check_request.request_check(
        domain, origin=CheckOrigin.CUSTOMER, actor=actor, settings=settings()
    )
    db.session.commit()
    if isinstance(outcome, check_request.CheckRequested | check_request.ParentCheckRequested):
        queue_request(outcome)
    else:
        flash(outcome.sentence, "warning")
    return redirect(url_for("domains.show", domain_id=domain.id), code=303)


@domains.post("/<int:domain_id>/certificate")
def retry_certificate(domain_id: int) -> Response:
    """Request the certificate again, after its owner has fixed what blocked it."""
    domain, actor = own_locked_or_404(domain_id), Actor.person(me())
    outcome = retry.by_owner(domain, actor=actor, settings=settings())
    db.session.commit()
    if isinstance(outcome, retry.Retried):
        queue(see_to_certificate, outcome.certificate_id)
        flash(
            "We check it now. The answer is here in a few seconds; without scripts, load the page again.",
            "info",
        )
    else:
        flash(outcome.sentence, "warning")
    return redirect(url_for("domains.show", domain_id=domain_id, _anchor="certificate"), code=303)


@domains.post("/<int:domain_id>/llm-client")
def choose_llm_client(domain_id: int) -> Response:
    domain, actor = own_locked_or_404(domain_id), Actor.person(me())
    if domain.held_at is not None:
        flash(limits.why_suspended(domain), "warning")
        return redirect(url_for("domains.show", domain_id=domain.id), code=303)
    form = LLMClientForm()
    form.offer(offered_llm_clients(current_account(), chosen=number(form.llm_client.data)), domain)
    if not form.validate_on_submit():
        flash("That LLM client cannot be chosen any more. Choose another one.", "warning")
    elif form.llm_client.data:
        _lead(domain, own_llm_client_or_404(int(form.llm_client.data)), actor)
    elif domain.llm_client is not None:
        assignment.detach(domain.llm_client, actor=actor)
        flash(f"Saved. {shown(domain.domain_name)} leads to no LLM client any more.", "success")
    else:
        flash(f"Saved. {shown(domain.domain_name)} leads to no LLM client.", "success")
    db.session.commit()
    return redirect(url_for("domains.show", domain_id=domain.id), code=303)


def _lead(domain: LLMClientCustomDomain, llm_client: LLMClient, actor: Actor) -> None:
    refusal = assignment.attach(llm_client, domain, actor=actor)
    if refusal is not None:
        flash(refusal.sentence, "warning")
    else:
        flash(f"Saved. {status_text.leading(domain, llm_client)}", "success")


@domains.post("/<int:domain_id>/method")
def choose_method(domain_id: int) -> Response:
    """Have the name proved in another way, or stay with the present one."""
    domain, form = own_domain_or_404(domain_id), MethodForm()
    if form.validate_on_submit():
        method, actor = Method(form.method.data or ""), Actor.person(me())
        refusal = proof_change.choose(domain, method, actor=actor, settings=settings())
    else:
        refusal = " ".join(form.method.errors)
    if refusal is not None:
        db.session.rollback()
        flash(refusal, "warning")
    else:
        db.session.commit()
        flash(_chosen(domain), "success")
    return redirect(url_for("domains.show", domain_id=domain_id, _anchor="proof"), code=303)


def _chosen(domain: LLMClientCustomDomain) -> str:
    if domain.next_method is None:
        return f"Saved. It is proved by {method_of(domain).words.title}."
    title = METHODS[domain.next_method].words.title
    return f"Saved. It is served as before until {title} are seen."


@domains.route("/<int:domain_id>/remove", methods=["GET", "POST"])
def remove(domain_id: int) -> ResponseReturnValue:
    domain = own_domain_or_404(domain_id)
    form = RemoveForm(domain)
    if form.validate_on_submit():
        lifecycle.remove(domain, actor=Actor.person(me()))
        db.session.commit()
        wake_for(domain)
        flash(_removed(domain), "success")
        return redirect(url_for("domains.index"), code=303)
    return form_page("domains/remove.html", form, page=_page(domain), undo_days=settings().removal_undo_days)


def _removed(domain: LLMClientCustomDomain) -> str:
    back = " Its page lets you take that back." if restore.offered_until(domain, settings(), utcnow()) else ""
    return f"{shown(domain.domain_name)} is switched off and being removed.{back}"


@domains.post("/<int:domain_id>/keep")
def keep(domain_id: int) -> Response:
    """Take the removal back."""
    domain = own_domain_or_404(domain_id)
    outcome = restore.keep(domain, actor=Actor.person(me()), settings=settings())
    db.session.commit()
    if isinstance(outcome, restore.NotKept):
        flash(outcome.sentence, "warning")
    else:
        wake_for(domain)
        queue_open_check(domain)
        flash(method_of(domain).words.kept, "success")
    return redirect(url_for("domains.show", domain_id=domain_id), code=303)


@domains.app_template_global()
def records_as() -> Chosen:
    """The format of the records that the reader has chosen in the query string."""
    return chosen(request.args.get("as"))


def _page(domain: LLMClientCustomDomain) -> DomainPage:
    return domain_page(domain, settings(), utcnow())


domains.add_app_template_global(evidence_text)
domains.add_app_template_global(questions)
domains.add_app_template_global(picture_of)
domains.add_app_template_filter(as_typed)
domains.add_app_template_global(situation)
domains.add_app_template_global(told_situation)
