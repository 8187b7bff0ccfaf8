"""The form of a list of names."""

from __future__ import annotations

from contextlib import closing

from flask_wtf.file import FileField
from wtforms import StringField
from wtforms.widgets import TextArea

from webapp.imports.lines import parsing
from webapp.imports.lines.parsing import Read
from webapp.messages.catalogue import sentence
from webapp.models import Message
from webapp.web.forms import Form, refuse


class ImportForm(Form):
    names = StringField(
        "Names",
        description="One name a line.",
        widget=TextArea(),
    )
    file = FileField("Or a CSV file", description="A list that another program exported works as it is.")

    def read(self) -> Read | None:
        """The lines; None when they cannot be read, which the field then says."""
        uploaded = self.file.data
        if uploaded is not None and uploaded.filename:
            with closing(uploaded):
                return self._settled(self.file, parsing.read(uploaded.read()))
        return self._settled(self.names, parsing.read_text(self.names.data or ""))

    @staticmethod
    def _settled(field: StringField | FileField, found: Read | Message) -> Read | None:
        if isinstance(found, Message):
            refuse(field, sentence(found))
            return None
        return found
