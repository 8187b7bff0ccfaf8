"""The forms of the domain pages."""

from __future__ import annotations

from wtforms import BooleanField, SelectField, StringField, SubmitField
from wtforms.validators import AnyOf, DataRequired, Length, ValidationError

from webapp.dns import names
from webapp.domains.queries import Offered
from webapp.messages.formatting import shown
from webapp.models import LLMClient, LLMClientCustomDomain, Method
from webapp.web.forms import Form

LATER = ("", "Choose later")
_METHODS = " or ".join(Method)


class RegisterForm(Form):
    domain_name = StringField(
        "Domain",
        description="For example chat.example.com. You can paste an address; we take the name out of it.",
        validators=[
            DataRequired("Enter a domain, like chat.example.com."),
            Length(max=2000, message="Enter only the domain, like chat.example.com."),
        ],
        render_kw={
            "autocapitalize": "none",
            "autocomplete": "off",
            "autocorrect": "off",
            "inputmode": "url",
            "spellcheck": "false",
        },
    )
    llm_client = SelectField(
        "LLM client",
        description="What your visitors reach at this domain. You can change it at any time.",
        validate_choice=True,
    )
    #: Empty on the first step of the page, which has nothing to choose yet; scripts may leave it out.
    method = StringField("How you show that it is yours")
    submit = SubmitField("Register domain")

    def validate_method(self, field: StringField) -> None:
        if field.data and field.data not in set(Method):
            raise ValidationError(f"Names cannot be proved by “{field.data[:40]}”. Choose {_METHODS}.")

    @property
    def asks_for_advice(self) -> bool:
        """Whether the page was sent from its first step."""
        return self.method.raw_data == [""]

    @property
    def chosen_method(self) -> Method | None:
        return Method(self.method.data) if self.method.data else None

    def offer(self, offered: Offered[LLMClient]) -> None:
        """Fill the choices, and preselect the one that has no domain yet when there is exactly one."""
        self.more, llm_clients = offered.more, offered.rows
        self.llm_client.choices = [LATER, *((str(one.id), _label(one)) for one in llm_clients)]
        free = [one for one in llm_clients if one.custom_domain_id is None]
        if self.llm_client.data is None:
            self.llm_client.data = str(free[0].id) if len(free) == 1 else ""


class LLMClientForm(Form):
    """The choice of the LLM client that is served at a domain."""

    llm_client = SelectField("LLM client", description="What your visitors reach at this domain.")
    submit = SubmitField("Save")

    def offer(self, offered: Offered[LLMClient], domain: LLMClientCustomDomain) -> None:
        self.more, llm_clients = offered.more, offered.rows
        self.llm_client.choices = [
            ("", "No LLM client"),
            *((str(one.id), _label(one, besides=domain)) for one in llm_clients),
        ]
        if self.llm_client.data is None:
            self.llm_client.data = str(domain.llm_client.id) if domain.llm_client else ""


class MethodForm(Form):
    """The choice of another way to prove a name."""

    method = StringField(
        "How you show that it is yours",
        validators=[AnyOf(tuple(Method), "Choose one of the ways to prove the name that the page offers.")],
    )


class KnownForm(Form):
    """The confirmation that somebody knows what stops resolving."""

    known = BooleanField(validators=[DataRequired("Tick the box if you know what stops and want to go on.")])


class RemoveForm(Form):
    """The confirmation of a removal. A name that is served has to be typed; for any other the button is enough."""

    confirm = StringField(
        "Type the domain to confirm",
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )

    def __init__(self, domain: LLMClientCustomDomain) -> None:
        super().__init__()
        self.name = names.HostName(domain.domain_name)
        self.asks = domain.is_verified

    def validate_confirm(self, field: StringField) -> None:
        """Refuse a wrong name. A request without the field passes: a script sends it without having seen a page."""
        if self.asks and field.raw_data and names.parse(field.data or "").name != self.name:
            raise ValidationError(f"Type {self.name.unicode} to remove it.")


def _label(llm_client: LLMClient, besides: LLMClientCustomDomain | None = None) -> str:
    other = llm_client.custom_domain
    if other is None or other is besides:
        return llm_client.name
    return f"{llm_client.name} (now at {shown(other.domain_name)})"
