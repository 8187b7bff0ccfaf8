"""The deny list: its entries, who added them and why, and the domains that they cover."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.audit.log import Actor
from webapp.auth.access import me, row_or_404
from webapp.dns import names
from webapp.domains import deny_list
from webapp.extensions import db
from webapp.models import DeniedName, utcnow
from webapp.staff.blueprint import PER_PAGE, staff
from webapp.staff.forms import AllowForm, DenyForm
from webapp.staff.queries import search
from webapp.web.forms import Form, refuse
from webapp.web.pagination import turned_to


@staff.route("/denied", methods=["GET", "POST"])
def denied() -> ResponseReturnValue:
    form = DenyForm()
    if form.validate_on_submit():
        entry = _deny(form)
        if isinstance(entry, DeniedName):
            db.session.commit()
            flash(f"Nobody may have {deny_list.what(entry)} any more.", "success")
            return redirect(url_for("staff.denied_name", denied_id=entry.id), code=303)
        db.session.rollback()
        refuse(form.domain_name, entry)
    return _list(form)


def _deny(form: DenyForm) -> DeniedName | str:
    """A refusal is a sentence."""
    parsed = names.parse(form.domain_name.data or "", underscores=True)
    if parsed.name is None:
        return parsed.refusal.sentence if parsed.refusal else "Enter a domain."
    reason, below = form.reason.data or "", bool(form.below.data)
    return deny_list.deny(
        parsed.name, below=below, reason=reason, actor=Actor.person(me(), as_staff=True), now=utcnow()
    )


def _list(form: Form) -> ResponseReturnValue:
    text = request.args.get("q", "").strip()
    rows = search.find_denied(text, turned_to(), PER_PAGE + 1)
    older = rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None
    page = render_template("staff/denied.html", form=form, entries=rows[:PER_PAGE], q=text, older=older)
    return page, 422 if form.errors else 200


@staff.get("/denied/<int:denied_id>")
def denied_name(denied_id: int) -> str:
    return _show(row_or_404(DeniedName, denied_id), AllowForm(formdata=None))


def _show(entry: DeniedName, form: Form) -> str:
    rows = search.domains_that(deny_list.affected(entry), turned_to(), PER_PAGE + 1)
    older = rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None
    return render_template(
        "staff/denied_name.html",
        form=form,
        entry=entry,
        what=deny_list.what(entry),
        domains=rows[:PER_PAGE],
        older=older,
    )


@staff.post("/denied/<int:denied_id>/remove")
def allow_name(denied_id: int) -> ResponseReturnValue:
    entry, form = row_or_404(DeniedName, denied_id), AllowForm()
    if not form.validate_on_submit():
        return _show(entry, form), 422
    what = deny_list.what(entry)
    deny_list.allow(entry, reason=form.reason.data or "", actor=Actor.person(me(), as_staff=True))
    db.session.commit()
    flash(f"Accounts may have {what} again.", "success")
    return redirect(url_for("staff.denied"), code=303)
