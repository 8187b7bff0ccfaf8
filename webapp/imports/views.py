"""Many names at once: the list, its verdicts, and the progress of its registration."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.audit.log import Actor
from webapp.auth.access import current_account, me, sign_in_required
from webapp.extensions import db, settings
from webapp.imports import queries, result, service, work
from webapp.imports.forms import ImportForm
from webapp.imports.lines import parsing
from webapp.imports.lines.room import room_of
from webapp.imports.tasks import work_on
from webapp.jobs import clock
from webapp.models import DomainImport, ImportState, LineState, Method
from webapp.proofs.registry import offered
from webapp.runtime.queue import queue
from webapp.web.bounded import MOST_ROW_ID
from webapp.web.forms import form_page
from webapp.web.pagination import turned_to, unless_unchanged
from webapp.web.streaming import download

imports = Blueprint("imports", __name__, url_prefix="/domains")

PER_PAGE = 100
EARLIER = 10
#: What a request may hold. A list that is a little too long is told so in our words.
MOST_SENT = 2 * parsing.MOST_BYTES
#: The filters of the page, in its order.
SHOWN = {
    LineState.REFUSED: "Refused",
    LineState.READY: "Can be registered",
    LineState.EXISTING: "Yours already",
    LineState.REGISTERED: "Registered",
}


@imports.url_value_preprocessor
def _take_lists(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Before anything reads the form: other pages take less."""
    if endpoint == "imports.new":
        request.max_content_length = request.max_form_memory_size = MOST_SENT


@imports.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs somebody who is signed in."""


@imports.route("/import", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form, account = ImportForm(), current_account()
    if form.validate_on_submit() and (read := form.read()) is not None:
        made = service.create(account, read, actor=Actor.person(me()))
        if isinstance(made, service.Refused):
            flash(made.sentence, "warning")
            return redirect(url_for("imports.new"), code=303)
        # A short list is judged at once, so that no page is needed that says to wait.
        judged = work.judge_at_once(made, settings(), clock.now())
        db.session.commit()
        if not judged:
            queue(work_on, made.id)
        for told in _remarks(read):
            flash(told, "info")
        return redirect(url_for("imports.show", import_id=made.id), code=303)
    return form_page(
        "domains/import.html",
        form,
        earlier=queries.imports_of(account, limit=EARLIER),
        room=room_of(account, settings(), clock.now()),
        methods=[one.value for one in offered(settings())],
        zoned=Method(settings().methods[0]).has_zone,
        most=parsing.MOST_LINES,
    )


def _remarks(read: parsing.Read) -> list[str]:
    """What of the list is not used."""
    told = []
    if read.ignored:
        told.append(f"Columns that are not used here: {', '.join(read.ignored[:10])}.")
    if read.names_zones:
        told.append("Hosted zones of the list are not taken over; each name gets one of its own.")
    return told


@imports.get("/imports/<int:import_id>")
def show(import_id: int) -> str:
    import_, state = _own_or_404(import_id), _shown()
    lines = queries.lines_of(import_, state, after=turned_to() or 0, limit=PER_PAGE + 1)
    return render_template(
        "domains/import_show.html",
        **_progress(import_),
        lines=lines[:PER_PAGE],
        next=lines[PER_PAGE - 1].number if len(lines) > PER_PAGE else None,
        show=state,
        shown=SHOWN,
        days=settings().import_history_days,
    )


@imports.get("/imports/<int:import_id>/status")
def status(import_id: int) -> Response:
    """The part of the page that its script polls."""
    said = _progress(_own_or_404(import_id))
    return unless_unchanged(said["version"], lambda: render_template("domains/_import.html", **said))


def _progress(import_: DomainImport) -> dict[str, Any]:
    counts = queries.counts(import_)
    version = "-".join(map(str, (import_.id, import_.state.value, *(counts[state] for state in LineState))))
    return {"import_": import_, "counts": counts, "version": version, "states": LineState}


def _shown() -> LineState | None:
    text = request.args.get("show")
    return LineState(text) if text in set(LineState) else None


@imports.post("/imports/<int:import_id>/runs")
def begin(import_id: int) -> Response:
    return _after(service.begin, _own_or_404(import_id))


@imports.post("/imports/<int:import_id>/cancel")
def cancel(import_id: int) -> Response:
    return _after(service.cancel, _own_or_404(import_id))


def _after(act: Any, import_: DomainImport) -> Response:
    refused = act(import_, actor=Actor.person(me()))
    db.session.commit()
    if refused is not None:
        flash(refused.sentence, "warning")
    elif import_.state is ImportState.RUNNING:
        queue(work_on, import_.id)
    return redirect(url_for("imports.show", import_id=import_.id), code=303)


@imports.get("/imports/<int:import_id>/result.csv")
def result_csv(import_id: int) -> Response:
    import_ = _own_or_404(import_id)
    return download(result.as_csv(import_), "text/csv", f"import-{import_.id}.csv")


def _own_or_404(import_id: int) -> DomainImport:
    found = queries.import_of(current_account(), import_id) if import_id <= MOST_ROW_ID else None
    if found is None:
        abort(404)
    return found


imports.add_app_template_global(result.said_of, "said_of_line")
imports.add_app_template_global(result.refusal_document, "refusal_of_line")
imports.add_app_template_global(result.shown, "line_shown")
