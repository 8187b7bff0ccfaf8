"""What staff see: every account's domains, through the same services as their owners."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.auth.access import me, row_or_404, staff_required
from webapp.domains import services as domain_services
from webapp.domains.actors import Actor
from webapp.domains.page import DomainPage, domain_page
from webapp.domains.tasks import queue_request
from webapp.extensions import db, settings
from webapp.forms import form_page
from webapp.models import CheckOrigin, DomainState, EventKind, LLMClientCustomDomain, utcnow
from webapp.pages import turned_to, unless_unchanged
from webapp.staff import queries
from webapp.staff.forms import ReasonForm
from webapp.staff.system import mail_facts, system_facts
from webapp.staff.comparison_facts import zone_facts

staff = Blueprint("staff", __name__, url_prefix="/staff")

PER_PAGE = 50
E = TypeVar("E", bound=StrEnum)


@staff.before_request
@staff_required
def _staff_only() -> None:
    """For everybody else none of these pages exists."""


@staff.get("")
def overview() -> str:
    return render_template("staff/overview.html", overview=queries.overview(), states=list(DomainState))


@staff.get("/domains")
def domains() -> str:
    text, state = request.args.get("q", "").strip(), _chosen(DomainState, "state")
    rows = queries.find_domains(text, state, turned_to(), PER_PAGE + 1)
    return render_template(
        "staff/domains.html",
        domains=rows[:PER_PAGE],
        q=text,
        state=state,
        states=list(DomainState),
        older=rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
    )


@staff.get("/domains/<int:domain_id>")
def domain(domain_id: int) -> str:
    return render_template("staff/domain.html", page=_page(domain_id), form=ReasonForm())


@staff.get("/domains/<int:domain_id>/status")
def domain_status(domain_id: int) -> Response:
    page = _page(domain_id)
    return unless_unchanged(page.version, lambda: render_template("staff/_live.html", page=page))


@staff.post("/domains/<int:domain_id>/checks")
def check(domain_id: int) -> ResponseReturnValue:
    """A check now, whatever the customer's limit; the reason stands in the history."""
    page, form = _page(domain_id), ReasonForm()
    if not form.validate_on_submit():
        return form_page("staff/domain.html", form, page=page)
    outcome = domain_services.request_check(
        page.domain,
        origin=CheckOrigin.STAFF,
        actor=Actor.person(me(), as_staff=True),
        settings=settings(),
        reason=form.reason.data,
    )
    db.session.commit()
    if isinstance(outcome, domain_services.CheckRequested | domain_services.LookRequested):
        queue_request(outcome)
    else:
        flash(outcome.sentence, "warning")
    return redirect(url_for("staff.domain", domain_id=domain_id), code=303)


@staff.get("/accounts")
def accounts() -> str:
    text = request.args.get("q", "").strip()
    rows = queries.find_accounts(text, turned_to(), PER_PAGE + 1)
    return render_template(
        "staff/accounts.html",
        accounts=rows[:PER_PAGE],
        domains=queries.domains_by_account([row.id for row in rows[:PER_PAGE]]),
        q=text,
        older=rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
    )


@staff.get("/events")
def events() -> str:
    text, kind = request.args.get("q", "").strip(), _chosen(EventKind, "kind")
    rows = queries.events(text, kind, turned_to(), PER_PAGE + 1)
    return render_template(
        "staff/events.html",
        events=rows[:PER_PAGE],
        q=text,
        kind=kind,
        kinds=list(EventKind),
        older=rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
    )


@staff.get("/system")
def system() -> str:
    return render_template(
        "staff/system.html",
        facts=system_facts(settings()),
        overview=queries.overview(),
        mail=mail_facts(utcnow()),
        zones=zone_facts(utcnow()),
    )


def _page(domain_id: int) -> DomainPage:
    return domain_page(row_or_404(LLMClientCustomDomain, domain_id), settings(), utcnow())


def _chosen(members: type[E], name: str) -> E | None:
    """A filter from the address; one that nobody offers is no filter."""
    value = request.args.get(name, "")
    return members(value) if value in set(members) else None
