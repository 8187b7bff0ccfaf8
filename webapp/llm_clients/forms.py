"""The forms of the LLM client pages."""

from __future__ import annotations

from wtforms import BooleanField, SelectField, StringField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.domains.queries import Offered
from webapp.messages.formatting import shown
from webapp.models import LLMClient, LLMClientCustomDomain
from webapp.web.forms import Form, free_text


class NewLLMClientForm(Form):
    name = StringField(
        "Name",
        description="For example Sales assistant. Its default address is made from it.",
        validators=[
            DataRequired("Enter a name, like Sales assistant."),
            Length(max=100, message="Keep the name to 100 characters."),
            free_text,
        ],
        render_kw={"autocomplete": "off"},
    )
    deployed = BooleanField("Deployed", description="Visitors reach it only while this is on.", default=True)
    submit = SubmitField("Create LLM client")


class ChangeLLMClientForm(NewLLMClientForm):
    name = StringField(
        "Name",
        description="The default address keeps the first name, because people have bookmarked it.",
        validators=[
            DataRequired("Enter a name, like Sales assistant."),
            Length(max=100, message="Keep the name to 100 characters."),
            free_text,
        ],
        render_kw={"autocomplete": "off"},
    )
    submit = SubmitField("Save")


class DomainForm(Form):
    """The choice of the domain at which this LLM client is served."""

    domain = SelectField("Domain")
    submit = SubmitField("Save domain")

    def offer(self, offered: Offered[LLMClientCustomDomain], llm_client: LLMClient) -> None:
        self.more = offered.more
        self.domain.choices = [
            ("", "The default address only"),
            *((str(one.id), _label(one, llm_client)) for one in offered.rows),
        ]
        if self.domain.data is None:
            self.domain.data = str(llm_client.custom_domain_id or "")


def _label(domain: LLMClientCustomDomain, llm_client: LLMClient) -> str:
    other = domain.llm_client
    if other is None or other is llm_client:
        return domain.domain_name
    return f"{shown(domain.domain_name)} (now leads to {other.name})"
