"""What pages and e-mails say that differs by method. Names are given as people read them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from webapp.dns.judgement.report import Report


class MethodWords(ABC):
    """The words of one method. Whoever needs one asks for it here, so that a new method has all of them."""

    #: What the method is called, and what people type for it.
    title: ClassVar[str]
    #: What it asks of people, in one or two sentences.
    what: ClassVar[str]
    #: Both for a whole domain, at which other records can stand than below it. Empty where it is never proved so.
    title_of_whole: ClassVar[str] = ""
    what_of_whole: ClassVar[str] = ""
    #: What follows on the registration.
    next: ClassVar[str]
    #: While our side makes what is to be published, and when it cannot now.
    being_prepared: ClassVar[str]
    parked: ClassVar[str]
    #: The next step of whoever has lost the records.
    put_back: ClassVar[str]
    #: What a page says of a removal that was taken back, and what one keeps that can be.
    kept: ClassVar[str]
    keeps: ClassVar[str]
    #: What stays the same when a removal is taken back, as in “with …”, and for how long, as in “as long as …”.
    same: ClassVar[str]
    kept_while: ClassVar[str]
    #: What became of it once the domain is removed, as in “it was removed, and …”.
    over: ClassVar[str]
    #: What whoever registers a removed name again gets.
    anew: ClassVar[str]
    #: Why the records are to be deleted when the name is removed.
    leftovers: ClassVar[str]
    #: What is not touched by a problem of the certificate.
    leave_alone: ClassVar[str]
    #: Who keeps the record by which the certificate authority knows the name.
    validation: ClassVar[str]
    #: The steps on the way to live.
    steps: ClassVar[tuple[str, str, str]]
    #: What is done at the provider when a claim changes to this method.
    order: ClassVar[str]

    @abstractmethod
    def refused(self, name: str, why: str) -> str:
        """It can never be prepared."""

    @abstractmethod
    def unseen(self, name: str) -> str:
        """No check has been since the registration."""

    @abstractmethod
    def unchecked(self, name: str) -> str:
        """No check has been since a removal was taken back."""

    @abstractmethod
    def add(self, relative_name: str, zone: str) -> str:
        """What to type where, as the next step."""

    @abstractmethod
    def missing(self, name: str) -> str:
        """One check has not found what a verified name had."""

    @abstractmethod
    def gone(self, name: str, zone: str) -> str:
        """The records that were there are gone. `zone` may be empty."""

    @abstractmethod
    def is_gone(self, report: Report) -> bool:
        """Whether none of the records is left, as far as this report tells."""

    @property
    def register_again(self) -> str:
        """What is left to whoever cannot take a removal back, as a sentence without the name."""
        return f"Register it again; it {self.anew}."

    def contradicted(self, _report: Report | None) -> str:
        """What a verified name does that checks contradict, after its name."""
        return "no longer leads to us"

    def headline(self, _report: Report) -> str:
        """A more exact one than that of the situation; empty if there is none."""
        return ""

    @abstractmethod
    def step(self, report: Report | None) -> int:
        """Which of `steps` people are at, before the name is verified."""
