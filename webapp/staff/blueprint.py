"""The pages of staff, and who they are for."""

from __future__ import annotations

from flask import Blueprint

from webapp.auth.access import staff_required

staff = Blueprint("staff", __name__, url_prefix="/staff")

PER_PAGE = 50


@staff.before_request
@staff_required
def _staff_only() -> None:
    """For everybody else none of these pages exists."""
