"""The forms of the page about notifications."""

from __future__ import annotations

from wtforms import (
    BooleanField,
    StringField,
)
from wtforms.validators import DataRequired, Length

from webapp.auth.address_field import RENDER_KW, normal_address
from webapp.web.forms import Form


class AddressForm(Form):
    email = StringField(
        "E-mail address",
        description="We ask there first, and send nothing else before somebody agrees.",
        validators=[DataRequired("Enter an e-mail address."), Length(max=255), normal_address],
        render_kw=RENDER_KW,
    )


class WantsMailForm(Form):
    wants_mail = BooleanField("Mail me about the domains of this account")
