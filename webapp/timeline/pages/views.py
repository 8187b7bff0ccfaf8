"""A domain's history for its account: all of it, or some days with their checks, and what one check saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit import history as audit_history
from webapp.audit.history import Days, Entry
from webapp.audit.marks import mark_of
from webapp.auth.access import own_domain_or_404, sign_in_required
from webapp.domains.suspension_notice import suspension_document
from webapp.extensions import settings
from webapp.messages import formatting
from webapp.models import Event, LLMClientCustomDomain, Method, utcnow
from webapp.proofs.registry import METHODS
from webapp.reports.rows import report_of
from webapp.timeline import reading
from webapp.timeline.certificate import Line, certificate_line
from webapp.timeline.checks import check_of, checks_of, found_words
from webapp.timeline.days import Run
from webapp.web import bounded
from webapp.web.pagination import turned_to
from webapp.web.streaming import download

history = Blueprint("history", __name__, url_prefix="/domains")

PER_PAGE, MOST_ON_THE_PAGE = 50, 10
#: The checks of some days that the page shows, the newest first.
MOST_CHECKS = 100


@history.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs somebody who is signed in."""


@history.get("/<int:domain_id>/history")
def show(domain_id: int) -> ResponseReturnValue:
    domain, changes = own_domain_or_404(domain_id), request.args.get("show") == "changes"
    days = Days(bounded.day(request.args.get("since")), bounded.day(request.args.get("until")))
    wanted = request.args.get("as")
    if wanted in _EXPORTS:
        return _export(domain, wanted, audit_history.all_events_of(domain, changes=changes, days=days))
    # One more than tells that there is an older one: a verification stands before the verdict that it follows from.
    rows = audit_history.events_of(domain, changes=changes, before=turned_to(), limit=PER_PAGE + 2, days=days)
    told = list(audit_history.told_once(rows))
    shown = told[:PER_PAGE]
    checks = checks_of(domain, days, MOST_CHECKS + 1) if days else []
    return render_template(
        "domains/history.html",
        domain=domain,
        entries=audit_history.fold(shown),
        changes=changes,
        days=days,
        checks=checks[:MOST_CHECKS],
        more_checks=len(checks) > MOST_CHECKS,
        older=_older(rows, shown),
        kept=settings().event_history_days,
        checks_kept=settings().check_history_days,
    )


def _older(rows: Sequence[Event], shown: Sequence[Event]) -> int | None:
    """Below which event the next page begins. An event that is told with the last one here is not told there."""
    if not shown:
        return None
    rest = list(audit_history.told_once(rows[rows.index(shown[-1]) :]))[1:]
    if rest:
        return rows[rows.index(rest[0]) - 1].id
    return rows[-1].id if len(rows) > PER_PAGE + 1 else None


_EXPORTS = {"csv": "text/csv", "json": "application/json"}


def _export(domain: LLMClientCustomDomain, wanted: str, events: Iterator[Event]) -> Response:
    suspension = suspension_document(domain, settings())
    text = (
        audit_history.as_csv(events) if wanted == "csv" else audit_history.as_json(domain, events, suspension)
    )
    return download(text, _EXPORTS[wanted], f"{domain.domain_name}-history.{wanted}")


@history.get("/<int:domain_id>/checks/<int:check_id>")
def check(domain_id: int, check_id: int) -> str:
    """What one check saw, as far as it is kept."""
    domain = own_domain_or_404(domain_id)
    found = check_of(domain, check_id)
    if found is None:
        abort(404)
    report = report_of(found.row)
    return render_template(
        "domains/check.html",
        domain=domain,
        check=found,
        report=report,
        words=METHODS[Method(report.method)].words if report is not None else None,
    )


@history.app_template_global()
def timeline_of(domain: LLMClientCustomDomain) -> reading.Timeline:
    return reading.timeline_of(domain, utcnow())


@history.app_template_global()
def short_timelines(domains: Sequence[LLMClientCustomDomain]) -> dict[int, reading.Timeline]:
    return reading.short_timelines(domains, utcnow())


@history.app_template_global()
def certificate_line_of(domain: LLMClientCustomDomain) -> Line | None:
    return certificate_line(domain, utcnow())


@history.app_template_filter()
def day_words(day: date) -> str:
    return f"{day:%-d %B %Y}"


@history.app_template_filter()
def day_short(day: date) -> str:
    return f"{day:%-d %b}"


@history.app_template_filter()
def run_words(run: Run) -> str:
    """“3 to 9 Nov 2026”, “30 Oct to 9 Nov 2026”, or one day."""
    first, last = run.first, f"{run.last:%-d %b %Y}"
    if first == run.last:
        return last
    if first.year != run.last.year:
        return f"{first:%-d %b %Y} to {last}"
    return f"{first:%-d}{'' if first.month == run.last.month else f'{first: %b}'} to {last}"


@history.app_template_filter()
def folded(events: Iterable[Event], most: int | None = MOST_ON_THE_PAGE) -> list[Entry]:
    """The newest entries; those of a page beside others, unless told otherwise."""
    return audit_history.fold(events)[:most]


history.add_app_template_filter(formatting.day, "day")
history.add_app_template_filter(audit_history.by_day, "by_day")
history.add_app_template_filter(audit_history.told_once, "told_once")
history.add_app_template_filter(mark_of, "mark_of")
history.add_app_template_filter(found_words, "found_words")
