"""The forms of transfers."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.dns import names
from webapp.models import LLMClient, LLMClientCustomDomain
from webapp.web.forms import Form


class OfferForm(Form):
    to = StringField(
        "Account number or e-mail address",
        description="The number of the account, like 1234-5678-9012, or the e-mail address of one of its owners.",
        validators=[
            DataRequired("Enter an account number, or the e-mail address of an owner of the account."),
            Length(max=255, message="Enter only an account number or an e-mail address."),
        ],
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )


class ClientForm(Form):
    """Which LLM client of the receiving account the domain leads to."""

    llm_client = SelectField("LLM client", description="What visitors reach at this domain from then on.")

    def offer(self, free: Sequence[LLMClient], *, needed: bool) -> None:
        """`needed`: the domain is served, so that “none” is no choice."""
        none = ("", "Choose one" if needed else "Choose later")
        self.llm_client.choices = [none, *((str(one.id), _label(one)) for one in free)]
        if self.llm_client.data is None:
            self.llm_client.data = str(free[0].id) if needed and len(free) == 1 else ""


class MoveForm(ClientForm):
    """The confirmation of a move at once. A name that is served has to be typed."""

    confirm = StringField(
        "Type the domain to confirm",
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )

    def __init__(self, domain: LLMClientCustomDomain) -> None:
        super().__init__()
        self.name = names.HostName(domain.domain_name)
        self.asks = domain.is_verified

    def validate_confirm(self, field: StringField) -> None:
        if self.asks and names.parse(field.data or "").name != self.name:
            raise ValidationError(f"Type {self.name.unicode} to move it.")


def _label(llm_client: LLMClient) -> str:
    return llm_client.name if llm_client.deployed else f"{llm_client.name} (not deployed)"
