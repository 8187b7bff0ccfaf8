"""What all forms share: the CSRF token, and the response to a form with a problem."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_wtf import FlaskForm
from wtforms.fields import Field
from wtforms.validators import ValidationError as WtfValidationError

from webapp.models.base.free_text import fault_in


class Form(FlaskForm):  # type: ignore[misc]
    """The base of all forms. It carries `csrf_token`. The server validates; the browser's validation is off."""


def free_text(_form: FlaskForm, field: Field) -> None:
    """The validator of every field in which people write what they like."""
    if fault := fault_in(field.data or ""):
        raise WtfValidationError(fault)


def refuse(field: Field, sentence: str) -> None:
    """Add an error to a field, as its validators would."""
    field.errors = [*field.errors, sentence]


def form_page(template: str, form: FlaskForm, **context: Any) -> tuple[str, int]:
    """The page with the form: 422 if the form has a problem, so that programs can tell, else 200."""
    return render_template(template, form=form, **context), 422 if form.errors else 200
