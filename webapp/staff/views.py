"""Staff's pages over all accounts: overview, domains, accounts, audit log, system."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.audit.history import fold
from webapp.auth.access import row_or_404
from webapp.dns import names
from webapp.domains.queries import offered_llm_clients
from webapp.extensions import db, settings
from webapp.models import Account, DomainState, Finding, utcnow
from webapp.moves import listing
from webapp.staff import deny_list_views, domain_views, lookalikes
from webapp.staff.blueprint import PER_PAGE, staff
from webapp.staff.figures import dashboard
from webapp.staff.figures.charts import share
from webapp.staff.figures.checks import Kind, Span
from webapp.staff.figures.faults import LATE
from webapp.staff.figures.words import duration
from webapp.staff.queries import event_search, search
from webapp.staff.queries.event_search import Filter
from webapp.staff.queries.groups import Group
from webapp.staff.queries.overview import lately
from webapp.staff.queries.overview import overview as whole_overview
from webapp.staff.queries.search import Mark, Wanted
from webapp.staff.queries.system_facts import mail_facts, system_facts
from webapp.staff.queries.zone_facts import zone_facts
from webapp.staff.words import event_kinds
from webapp.staff.words.findings import words_of
from webapp.staff.words.parts import part_of
from webapp.web.pagination import searched_for, turned_to
from webapp.web.streaming import download

__all__ = ["deny_list_views", "domain_views", "staff"]

E = TypeVar("E", bound=StrEnum)
#: How many accounts whose names begin with the text are shown beside the domains.
MOST_ACCOUNTS = 5
#: How many people of an account its page shows; `flask users list --account` shows all.
MOST_PEOPLE = 100


@staff.get("")
def overview() -> str:
    return render_template("staff/overview.html", **_overview())


@staff.get("/figures")
def figures() -> str:
    """The part of the overview without forms, which its script asks for once a minute."""
    return render_template("staff/_figures.html", **_overview())


def _overview() -> dict[str, object]:
    now = utcnow()
    span = Span.read(request.args.get("over"))
    return {
        "overview": whole_overview(now),
        "figures": dashboard.figures(span, now),
        "mail": mail_facts(now),
        "lately": lately(now),
        "late": now - LATE,
    }


@staff.post("/findings/<int:finding_id>/harmless")
def accept_lookalike(finding_id: int) -> ResponseReturnValue:
    """Close the finding about a look-alike: staff have seen that it deceives nobody."""
    lookalikes.accept(row_or_404(Finding, finding_id), utcnow())
    db.session.commit()
    flash("Accepted. It is not shown any more.", "success")
    return redirect(url_for("staff.overview", _anchor="lookalikes"), code=303)


@staff.get("/domains")
def domains() -> str:
    wanted = _wanted()
    found = search.find_domains(wanted, Mark.read(request.args.get("before")), PER_PAGE)
    by_name = wanted.text and search.account_number(wanted.text) is None
    return render_template(
        "staff/domains.html",
        found=found,
        wanted=wanted,
        accounts=search.find_accounts(wanted.text, None, MOST_ACCOUNTS) if by_name else [],
    )


def _wanted() -> Wanted:
    suspended = request.args.get("state") == "held"
    text, state = request.args.get("q", "").strip(), _chosen(DomainState, "state")
    return Wanted(text, state, suspended, _chosen(Group, "show"))


@staff.get("/accounts")
def accounts() -> str:
    text = request.args.get("q", "").strip()
    rows = search.find_accounts(text, turned_to(), PER_PAGE + 1)
    return render_template(
        "staff/accounts.html",
        accounts=rows[:PER_PAGE],
        domains=search.domains_by_account([row.id for row in rows[:PER_PAGE]]),
        q=text,
        older=rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
    )


@staff.get("/accounts/<int:account_id>")
def account(account_id: int) -> str:
    """An account, for reading. Each of its domains links to the domain's page for staff."""
    row = row_or_404(Account, account_id)
    text = searched_for()
    return render_template(
        "staff/account.html",
        account=row,
        people=search.people_of(row, MOST_PEOPLE + 1),
        most_people=MOST_PEOPLE,
        q=text,
        found=search.find_domains(Wanted(row.number), Mark.read(request.args.get("before")), PER_PAGE),
        llm_clients=offered_llm_clients(row, text),
        entries=fold(event_search.events(Filter(account=row.number), None, 10)),
    )


@staff.get("/moves")
def moves() -> str:
    rows = listing.moves(turned_to(), PER_PAGE + 1)
    return render_template(
        "staff/moves.html",
        moves=rows[:PER_PAGE],
        contests=listing.under_way(PER_PAGE),
        older=rows[PER_PAGE - 1].event_id if len(rows) > PER_PAGE else None,
    )


@staff.get("/events")
def events() -> ResponseReturnValue:
    wanted = Filter.read(request.args)
    if request.args.get("as") == "csv":
        return _export(wanted)
    rows = event_search.events(wanted, turned_to(), PER_PAGE + 1)
    return render_template(
        "staff/events.html",
        events=rows[:PER_PAGE],
        wanted=wanted,
        kinds=event_kinds.GROUPS,
        older=rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None,
        most_exported=event_search.MOST_EXPORTED,
    )


def _export(wanted: Filter) -> Response:
    text = event_search.as_csv(event_search.all_events(wanted, turned_to()))
    return download(text, "text/csv", "nameplate-events.csv")


@staff.get("/system")
def system() -> str:
    now = utcnow()
    return render_template(
        "staff/system.html",
        facts=system_facts(settings()),
        mail=mail_facts(now),
        zones=zone_facts(now),
    )


def _chosen(members: type[E], name: str) -> E | None:
    """A filter from the query string; None for an unknown value."""
    value = request.args.get(name, "")
    return members(value) if value in set(members) else None


@staff.context_processor
def _of_figures() -> dict[str, object]:
    return {
        "duration": duration,
        "share": share,
        "verdict_kinds": list(Kind),
        "domain_groups": list(Group),
        "part_of": part_of,
        "finding_words": words_of,
    }


@staff.app_template_filter()
def lookalike(domain_name: str) -> str | None:
    """The name in Latin letters that a domain's name is mistaken for, or None."""
    return names.lookalike_of(names.HostName(domain_name))
