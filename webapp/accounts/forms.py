"""The forms of the account's pages."""

from __future__ import annotations

from wtforms import (
    PasswordField,
    SelectField,
    StringField,
)
from wtforms.fields import Field
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import DataRequired, Length
from wtforms.validators import ValidationError as WtfValidationError

from webapp.auth.address_field import RENDER_KW, normal_address
from webapp.extensions import security
from webapp.models import MembershipRole
from webapp.web.forms import Form, free_text


class InviteForm(Form):
    email = StringField(
        "E-mail address",
        validators=[
            DataRequired("Enter the e-mail address of the person."),
            Length(max=255),
            normal_address,
        ],
        render_kw=RENDER_KW,
    )
    role = SelectField(
        "Role",
        description="Members do everything with domains and LLM clients. Owners also manage people and the account.",
        choices=[
            SelectChoice(MembershipRole.MEMBER.value, "Member"),
            SelectChoice(MembershipRole.OWNER.value, "Owner"),
        ],
    )


class NewPersonForm(Form):
    """For somebody who was invited and has no sign-in yet."""

    password = PasswordField("Password")

    def __init__(self, email: str, **values: object) -> None:
        super().__init__(**values)
        self.address = email

    def validate_password(self, field: Field) -> None:
        problems, normal = security.password_util.validate(field.data or "", True, email=self.address)
        if problems:
            raise WtfValidationError(" ".join(str(problem) for problem in problems))
        field.data = normal


class NewAccountForm(NewPersonForm):
    """Somebody who opens an account of their own."""

    account_name = StringField(
        "Organisation",
        description="What we call your account, for example Acme. Your company, or your own name.",
        validators=[DataRequired("Enter a name for your account, like Acme."), Length(max=200), free_text],
        render_kw={"autocomplete": "organization"},
    )

    def __init__(self, email: str) -> None:
        super().__init__(email)
        # First on the page, so that its problem comes first in the summary, too.
        self._fields.move_to_end("account_name", last=False)


class DeleteAccountForm(Form):
    number = StringField("Account number", render_kw={"autocomplete": "off", "inputmode": "numeric"})

    def __init__(self, number: str) -> None:
        super().__init__()
        self.expected = number

    def validate_number(self, field: Field) -> None:
        if "".join(filter(str.isdigit, field.data or "")) != self.expected.replace("-", ""):
            raise WtfValidationError(f"Type the number of this account, {self.expected}, to delete it.")
