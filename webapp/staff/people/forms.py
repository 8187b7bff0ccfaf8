"""The forms with which staff help somebody in. The owners of the person's accounts read the reason."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import DataRequired

from webapp.auth.address_field import normal_address
from webapp.staff.forms import reason_field
from webapp.web.forms import Form

_READERS = "The owners of their accounts read it in the history."


class MailForm(Form):
    email = StringField("E-mail address", validators=[DataRequired("Enter an address."), normal_address])
    reason = reason_field("mail", _READERS)


class NewcomerForm(MailForm):
    """For an address with which nobody signs in, who is in no account."""

    reason = reason_field("mail", "Staff alone read it, in the audit log.")


class TriesForm(Form):
    reason = reason_field("tries", _READERS)


class SecondFactorForm(Form):
    reason = reason_field("second-factor", "The person and the owners of their accounts read it.")
