"""The form of the page on which links are made."""

from __future__ import annotations

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from webapp.handover.links import LONGEST_NAME
from webapp.web.forms import Form, free_text


class LinkForm(Form):
    made_for = StringField(
        "Whom is it for?",
        description="For your list, for example Jane of our IT. The page behind the link does not show it.",
        validators=[
            DataRequired("Enter whom the link is for, like Jane of our IT."),
            Length(max=LONGEST_NAME, message=f"Use at most {LONGEST_NAME} characters."),
            free_text,
        ],
        render_kw={"autocomplete": "off", "maxlength": LONGEST_NAME},
    )
