"""The deny list: names that nobody may have here."""

from __future__ import annotations

from sqlalchemy import Select, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, RowId, Timestamped, ordered_text


class DeniedName(Timestamped, Base):
    """No account may register `name` or be newly verified with it; with `below`, nor with any name below it.

    `name` is an A-label form in lower case without final dot. What is verified already stays so until staff hold it.
    """

    __tablename__ = "denied_name"

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(ordered_text(253), unique=True)
    below: Mapped[bool] = mapped_column(default=False)
    #: For staff alone: it may tell of other accounts.
    reason: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(String(255))

    @classmethod
    def covering(cls, name: str) -> Select[DeniedName]:
        """Every entry that refuses this A-label name, the nearest first."""
        labels = name.split(".")
        above = [".".join(labels[start:]) for start in range(len(labels))]
        refuses = cls.name.in_(above), or_(cls.name == name, cls.below)
        return select(cls).where(*refuses).order_by(func.length(cls.name).desc())
