"""What staff are asked."""

from __future__ import annotations

from wtforms import StringField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.forms import Form


class ReasonForm(Form):
    reason = StringField(
        "Reason",
        description="The customer reads it in the history.",
        validators=[
            DataRequired("Enter a reason; the customer reads it in the history."),
            Length(max=500, message="Keep the reason below 500 characters."),
        ],
        render_kw={"autocomplete": "off"},
    )
    submit = SubmitField("Check now")
