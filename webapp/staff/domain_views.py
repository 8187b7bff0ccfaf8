"""A domain's page for staff: the customer's page, the evidence behind it, and what staff can do."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit.log import Actor
from webapp.auth.access import me, row_or_404
from webapp.certificates import retry
from webapp.checks import request
from webapp.checks.tasks import queue_open_check, queue_request
from webapp.dns.methods import verify
from webapp.dns.resolver import Dns
from webapp.domain_page.context import DomainPage
from webapp.domain_page.reading import domain_page
from webapp.domains import deny_list, suspension
from webapp.extensions import db, dns, settings
from webapp.models import CheckOrigin, LLMClientCustomDomain, utcnow
from webapp.proofs import restore
from webapp.proofs.registry import expectation_of, method_of
from webapp.proofs.waking import wake_for
from webapp.staff.blueprint import staff
from webapp.staff.forms import (
    CheckForm,
    GraceForm,
    InspectForm,
    KeepForm,
    ReleaseForm,
    RetryForm,
    SuspendForm,
    act_forms,
)
from webapp.web.forms import Form
from webapp.web.pagination import unless_unchanged

#: A live check occupies one of the web process's few threads, so that it has less time than a check by a worker.
INSPECTION_SECONDS = 6.0
F = TypeVar("F", bound=Form)


@staff.get("/domains/<int:domain_id>")
def domain(domain_id: int) -> str:
    return _show(_page(domain_id))


def _show(page: DomainPage, wrong: Form | None = None) -> str:
    forms = act_forms(wrong)
    held = page.domain.held_at is not None
    denied = deny_list.covering(page.domain.domain_name) if held else None
    return render_template(
        "staff/domain.html", page=page, forms=forms, form=wrong or forms["CheckForm"], denied=denied
    )


@staff.get("/domains/<int:domain_id>/status")
def domain_status(domain_id: int) -> Response:
    page = _page(domain_id)
    version = f"{page.version}-{page.watch.version if page.watch else ''}"
    return unless_unchanged(version, lambda: render_template("staff/_live.html", page=page))


@staff.post("/domains/<int:domain_id>/checks")
def check(domain_id: int) -> ResponseReturnValue:
    """Request a check now, without the customer's limit."""
    page, form = _page(domain_id), CheckForm()
    if not form.validate_on_submit():
        return _show(page, form), 422
    outcome = request.request_check(
        page.domain,
        origin=CheckOrigin.STAFF,
        actor=_actor(),
        settings=settings(),
        reason=form.reason.data,
    )
    db.session.commit()
    if isinstance(outcome, request.CheckRequested | request.ParentCheckRequested):
        queue_request(outcome)
        flash(
            "The check has begun. Its result is here in a few seconds; without scripts, load the page again.",
            "info",
        )
    else:
        flash(outcome.sentence, "warning")
    return _back(domain_id)


@staff.post("/domains/<int:domain_id>/hold")
def hold(domain_id: int) -> ResponseReturnValue:
    def act(domain: LLMClientCustomDomain, form: SuspendForm) -> str | None:
        reason, deny = form.reason.data or "", bool(form.everywhere.data)
        return suspension.suspend(domain, actor=_actor(), reason=reason, deny=deny)

    return _act(
        domain_id,
        SuspendForm(),
        act,
        "Suspended. This claim is neither served nor checked until it is released.",
    )


@staff.post("/domains/<int:domain_id>/release")
def release(domain_id: int) -> ResponseReturnValue:
    def act(domain: LLMClientCustomDomain, form: ReleaseForm) -> str | None:
        return suspension.release(domain, actor=_actor(), reason=form.reason.data or "")

    return _act(domain_id, ReleaseForm(), act, "Released. It is checked within a minute.")


@staff.post("/domains/<int:domain_id>/keep")
def keep(domain_id: int) -> ResponseReturnValue:
    """Take the removal back, as the customer could."""
    page, form = _page(domain_id), KeepForm()
    if not form.validate_on_submit():
        return _show(page, form), 422
    outcome = restore.keep(page.domain, actor=_actor(), settings=settings(), reason=form.reason.data)
    db.session.commit()
    if isinstance(outcome, restore.NotKept):
        flash(outcome.sentence, "warning")
    else:
        wake_for(page.domain)
        queue_open_check(page.domain)
        flash("Kept. It is served as soon as DNS proves it.", "success")
    return _back(domain_id)


@staff.post("/domains/<int:domain_id>/certificate")
def retry_certificate(domain_id: int) -> ResponseReturnValue:
    def act(domain: LLMClientCustomDomain, form: RetryForm) -> str | None:
        return retry.by_staff(domain, actor=_actor(), reason=form.reason.data or "")

    return _act(domain_id, RetryForm(), act, "It is tried again within a minute.")


@staff.post("/domains/<int:domain_id>/grace")
def grace(domain_id: int) -> ResponseReturnValue:
    def act(domain: LLMClientCustomDomain, form: GraceForm) -> str | None:
        days, reason = form.days.data or 0, form.reason.data or ""
        return suspension.extend_grace(domain, days, actor=_actor(), reason=reason)

    return _act(domain_id, GraceForm(), act, "The date is moved.")


def _act(
    domain_id: int, form: F, act: Callable[[LLMClientCustomDomain, F], str | None], done: str
) -> ResponseReturnValue:
    """Run `act` if the form has a reason. `act` returns a sentence if it cannot be done, else None."""
    domain = row_or_404(LLMClientCustomDomain, domain_id)
    if not form.validate_on_submit():
        return _show(_page(domain_id), form), 422
    refusal = act(domain, form)
    if refusal is None:
        db.session.commit()
    else:
        db.session.rollback()
    flash(refusal or done, "warning" if refusal else "success")
    return _back(domain_id)


@staff.post("/domains/<int:domain_id>/inspect")
def inspect(domain_id: int) -> ResponseReturnValue:
    """A live check of DNS that stores nothing: no check, no event, no state. The response is the result page."""
    page = _page(domain_id)
    if not InspectForm().validate_on_submit() or not method_of(page.domain).checkable(page.domain):
        flash("There is nothing to look for yet: its records are not prepared.", "warning")
        return _back(domain_id)
    expectation = expectation_of(page.domain)
    # Return the database connection before name servers are asked, which takes seconds.
    db.session.rollback()
    report = asyncio.run(verify(expectation, _hurried(dns()), utcnow()))
    seen = replace(_page(domain_id), report=report, aside=None)
    return render_template("staff/inspection.html", page=seen, report=report, seconds=INSPECTION_SECONDS)


def _hurried(unhurried: Dns) -> Dns:
    hurried = copy.copy(unhurried)
    hurried.limits = replace(hurried.limits, seconds=min(INSPECTION_SECONDS, hurried.limits.seconds))
    return hurried


def _page(domain_id: int) -> DomainPage:
    return domain_page(row_or_404(LLMClientCustomDomain, domain_id), settings(), utcnow())


def _actor() -> Actor:
    return Actor.person(me(), as_staff=True)


def _back(domain_id: int) -> Response:
    return redirect(url_for("staff.domain", domain_id=domain_id), code=303)
