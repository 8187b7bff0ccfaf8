"""The forms of staff's pages. Every act needs a reason, which the customer reads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, IntegerField, StringField
from wtforms.validators import DataRequired, Length, NumberRange

from webapp.web.forms import Form, free_text

MOST_GRACE_DAYS = 90


def reason_field(which: str, readers: str = "The customer reads it in the history.") -> StringField:
    """A field for a reason. A page has several of them, so that each needs an id of its own."""
    asked = f"Enter a reason; {readers[0].lower()}{readers[1:]}"
    return StringField(
        "Reason",
        id=f"{which}-reason",
        description=readers,
        validators=[
            DataRequired(asked),
            Length(max=500, message="Keep the reason below 500 characters."),
            free_text,
        ],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"autocomplete": "off"},
    )


class InspectForm(Form):
    """The form of a live check. It needs no reason, because it changes nothing."""


class CheckForm(Form):
    reason = reason_field("check")


class SuspendForm(Form):
    reason = reason_field("hold")
    everywhere = BooleanField(
        "Also refuse this name to every account",
        id="hold-everywhere",
        description="Puts it on the deny list, where it stays when the suspension ends.",
    )


class ReleaseForm(Form):
    reason = reason_field("release")


class KeepForm(Form):
    reason = reason_field("keep")


class RetryForm(Form):
    reason = reason_field("retry")


class GraceForm(Form):
    days = IntegerField(
        "Days more",
        id="grace-days",
        default=7,
        validators=[
            NumberRange(1, MOST_GRACE_DAYS, f"Enter a number of days from 1 to {MOST_GRACE_DAYS}."),
        ],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )
    reason = reason_field("grace")


_STAFF_ALONE = "Staff alone read it, in this list and in the audit log."


class DenyForm(Form):
    domain_name = StringField(
        "Name",
        description="For example chat.example.com, or example.com and every name below it.",
        validators=[
            DataRequired("Enter a name, like chat.example.com."),
            Length(max=2000, message="Enter only the name, like chat.example.com."),
        ],
        render_kw={
            "autocapitalize": "none",
            "autocomplete": "off",
            "inputmode": "url",
            "spellcheck": "false",
        },
    )
    below = BooleanField("And every name below it")
    reason = reason_field("deny", _STAFF_ALONE)


class AllowForm(Form):
    reason = reason_field("allow", _STAFF_ALONE)


ACTS: Sequence[type[Form]] = (CheckForm, SuspendForm, KeepForm, ReleaseForm, RetryForm, GraceForm)


def act_forms(wrong: Form | None) -> dict[str, Any]:
    """All forms of a domain's page by name, empty except for the one that has a problem."""
    return {act.__name__: wrong if isinstance(wrong, act) else act(formdata=None) for act in ACTS}
