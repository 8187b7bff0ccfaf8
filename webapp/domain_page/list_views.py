"""A customer's domains: the list, and the registration of another one."""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit.log import Actor
from webapp.auth.access import current_account, me, own_llm_client_or_404
from webapp.dns import names
from webapp.domain_page.forms import RegisterForm
from webapp.domain_page.proving.choosing import Choice, choice_of
from webapp.domain_page.status.existing_records import instead_of
from webapp.domain_page.views import domains
from webapp.domains import listing, registration
from webapp.domains.listing.orders import Mark, Sort, ends_at
from webapp.domains.queries import claim_of, offered_llm_clients
from webapp.extensions import db, dns, settings
from webapp.models import LLMClientCustomDomain, utcnow
from webapp.proofs.registry import METHODS, offered
from webapp.proofs.waking import wake_for
from webapp.web.bounded import number
from webapp.web.forms import form_page, refuse
from webapp.web.pagination import found_page, searched_for

__all__ = ["domains"]

PER_PAGE = 25


@domains.get("")
def index() -> ResponseReturnValue:
    account, text = current_account(), searched_for()
    show, sort = listing.Show.read(request.args.get("show")), Sort.read(request.args.get("sort"))
    mark = Mark.read(request.args.get("before"))
    found = listing.listed(account, text, show, mark, PER_PAGE, sort=sort)
    return found_page(
        "domains",
        domains=found.domains,
        counts=listing.counts(account),
        q=text,
        show=show,
        sort=sort,
        sorts=Sort,
        next=found.next,
    )


@domains.route("/register", methods=["GET", "POST"])
def register() -> ResponseReturnValue:
    form = RegisterForm()
    form.offer(offered_llm_clients(current_account(), searched_for(), number(form.llm_client.data)))
    suggestion = choice = None
    if form.validate_on_submit():
        choice = _advice(form)
        outcome = None if choice is not None else _register(form)
        if isinstance(outcome, registration.Registered):
            return _registered(outcome)
        db.session.rollback()
        if outcome is not None:
            refuse(form.domain_name, outcome.sentence)
            suggestion = outcome.suggestion
            if outcome.code is names.RefusalCode.WHOLE_DOMAIN:
                choice = choice_of(form.domain_name.data or "", settings(), dns())
    return form_page(
        "domains/register.html",
        form,
        suggestion=suggestion,
        choice=choice,
        several=len(offered(settings())) > 1,
        words=METHODS[registration.default_method(settings())].words,
        q=searched_for(),
    )


def _advice(form: RegisterForm) -> Choice | None:
    """The second step, if this was the first one and the name can be registered. Nothing is written for it."""
    if not form.asks_for_advice:
        return None
    name = names.parse(form.domain_name.data or "").name
    if name is None or not _is_free(name):
        return None
    choice = choice_of(form.domain_name.data or "", settings(), dns())
    db.session.rollback()
    return choice


def _is_free(name: names.HostName) -> bool:
    """Whether the account could register the name in one of the ways; if not, the reason is told before a choice."""
    account, chosen, now = current_account(), settings(), utcnow()
    if claim_of(account, name.ascii) is not None:
        return False
    asked = (registration.refusal_for(account, name, chosen, now, one) for one in offered(chosen))
    return any(refusal is None for refusal in asked)


def _register(form: RegisterForm) -> registration.Registered | names.Refusal:
    llm_client = own_llm_client_or_404(int(form.llm_client.data)) if form.llm_client.data else None
    return registration.register(
        current_account(),
        form.domain_name.data or "",
        actor=Actor.person(me()),
        settings=settings(),
        llm_client=llm_client,
        method=form.chosen_method,
    )


def _registered(outcome: registration.Registered) -> Response:
    domain = outcome.domain
    if outcome.existing:
        db.session.rollback()
        flash("You registered this domain before. Here it is; nothing was changed.", "info")
        return redirect(url_for("domains.show", domain_id=domain.id), code=303)
    db.session.commit()
    wake_for(domain)
    for sentence in outcome.understood:
        flash(sentence, "info")
    for warning in _warnings(domain):
        flash(warning, "warning")
    return redirect(url_for("domains.show", domain_id=domain.id), code=303)


def _warnings(domain: LLMClientCustomDomain) -> Iterator[str]:
    """Warnings about a name that is allowed and may be a mistake."""
    name = names.HostName(domain.domain_name)
    if lookalike := names.lookalike_warning(name):
        yield lookalike
    if meant := instead_of(domain, settings(), utcnow()):
        yield (
            f"{name.registrable} looks much like a domain of yours. "
            f"If you meant {meant[0].shown}, register that instead."
        )


domains.add_app_template_global(listing.certificate_ends_at, "certificate_ends_at")
domains.add_app_template_global(ends_at, "claim_ends_at")
