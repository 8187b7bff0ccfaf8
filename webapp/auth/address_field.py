"""The field for an e-mail address, in the one form in which addresses are stored."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms.fields import Field
from wtforms.validators import ValidationError as WtfValidationError

from webapp.extensions import security


def normal_address(_form: FlaskForm, field: Field) -> None:
    """The address in the form in which Flask-Security stores those of users."""
    email = normal(field.data or "")
    if email is None:
        raise WtfValidationError("Enter an e-mail address, like name@example.com.")
    field.data = email


def normal(typed: str) -> str | None:
    """The address in that form; None for a text that is no address."""
    try:
        return str(security.mail_util.validate(typed.strip()))
    except ValueError:
        return None


RENDER_KW = {"autocapitalize": "none", "spellcheck": "false"}
