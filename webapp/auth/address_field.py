"""The field for an e-mail address, in the one form in which addresses are stored."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms.fields import Field
from wtforms.validators import ValidationError as WtfValidationError

from webapp.extensions import security


def normal_address(_form: FlaskForm, field: Field) -> None:
    """The address in the form in which Flask-Security stores those of users."""
    try:
        field.data = security.mail_util.validate((field.data or "").strip())
    except ValueError as err:
        raise WtfValidationError("Enter an e-mail address, like name@example.com.") from err


RENDER_KW = {"autocapitalize": "none", "spellcheck": "false"}
