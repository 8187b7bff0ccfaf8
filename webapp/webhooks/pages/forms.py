"""The form of an endpoint."""

from __future__ import annotations

from typing import Any

from wtforms import SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from webapp.models import WebhookEndpoint
from webapp.web.forms import Form, refuse
from webapp.webhooks.targets import Refusal
from webapp.webhooks.types import CHOICES, DEFAULT, WebhookType


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class EndpointForm(Form):
    """What is wrong with a value, the service says."""

    url = StringField(
        "URL",
        description="Messages are sent there by POST, over TLS. No redirect is followed.",
        filters=[_stripped],
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
    )
    description = StringField(
        "Description",
        description="What takes the messages, for example “Billing”. It can stay empty.",
        filters=[_stripped],
        render_kw={"autocomplete": "off"},
    )
    types = SelectMultipleField("Types", choices=[SelectChoice(one.value, one.value) for one in CHOICES])

    @classmethod
    def of(cls, endpoint: WebhookEndpoint | None) -> EndpointForm:
        """What was sent; where nothing was, what the endpoint has, or what a new one starts with."""
        shown: dict[str, Any] = {"types": [one.value for one in DEFAULT]}
        if endpoint is not None:
            shown = {
                "url": endpoint.url,
                "description": endpoint.description,
                "types": list(endpoint.types),
            }
        return cls(data=shown)

    @property
    def kinds(self) -> list[WebhookType]:
        return [WebhookType(one) for one in self.types.data or ()]

    def refuse(self, refusal: Refusal) -> None:
        field = next(
            (name for name in ("description", "types") if refusal.code.startswith(f"{name}-")), "url"
        )
        refuse(self[field], refusal.sentence)
