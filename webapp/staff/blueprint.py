"""The blueprint of staff's pages."""

from __future__ import annotations

from flask import Blueprint

from webapp.auth.access import staff_required

staff = Blueprint("staff", __name__, url_prefix="/staff")

PER_PAGE = 50


@staff.before_request
@staff_required
def _staff_only() -> None:
    """Answer 404 to everybody who is not staff."""
