"""The forms of several domains at once."""

from __future__ import annotations

from collections.abc import Sequence

from wtforms import StringField
from wtforms.validators import ValidationError

from webapp.models import LLMClientCustomDomain
from webapp.web.forms import Form


class RemoveChosenForm(Form):
    """The confirmation of a removal. Where a name is served, their number has to be typed."""

    number = StringField(
        "Type how many domains you remove",
        render_kw={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"},
    )

    def __init__(self, domains: Sequence[LLMClientCustomDomain]) -> None:
        super().__init__()
        self.count = len(domains)
        self.asks = any(one.is_verified for one in domains)

    def validate_number(self, field: StringField) -> None:
        if self.asks and (field.data or "").strip() != str(self.count):
            raise ValidationError(f"Type {self.count} to remove {'it' if self.count == 1 else 'them'}.")
