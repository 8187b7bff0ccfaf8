"""What is sent to endpoints of webhooks, with the keys and values of the API's own answers.

Tests read each message that they cause by these models, so that the document says what is sent.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from webapp.api.schemas.base import Answer, Time, one_of
from webapp.api.schemas.domains.domains import MethodName, State, Suspension
from webapp.api.schemas.references import LLMClientOf
from webapp.api.webhooks.schemas import MessageType
from webapp.models import ActorKind, EventKind
from webapp.webhooks.types import WebhookType


class DomainAfter(Answer):
    """The domain as it stands after what is told."""

    state: State
    is_verified: bool = Field(description="Whether the name is served.")
    verdict: str | None = Field(description="What the last firm check found.")
    method: MethodName
    next_method: MethodName | None = Field(description="The method that it is changing to.")
    llm_client: LLMClientOf | None = Field(description="What visitors reach there.")
    state_changed_at: Time = Field(description="Since when it is in this state.")
    verified_at: Time | None = Field(description="When DNS proved it for the first time.")
    grace_until: Time | None = Field(description="Until when a failing name is served.")
    alarm_since: Time | None = Field(description="Since when the whole domain is led to us, by mistake.")
    suspension: Suspension | None = Field(description="Null unless staff have suspended it.")


class FormerSuspension(Answer):
    """A suspension that ended."""

    since: Time = Field(description="Since when staff had suspended the domain.")
    reason: str = Field(description="Why, as staff wrote it.")


class DomainBefore(Answer):
    """How it was: state and service, verdict, or suspension, whichever the message is about. All are null at a
    registration, and times are told of in `after` alone.
    """

    state: State | None = Field(None, description="The former state.")
    is_verified: bool | None = Field(None, description="Whether the name was served.")
    verdict: str | None = Field(None, description="What the firm check before found.")
    method: MethodName | None = Field(None, description="Null at a registration.")
    next_method: MethodName | None = Field(None, description="Null at a registration.")
    llm_client: LLMClientOf | None = Field(None, description="Null at a registration.")
    state_changed_at: Time | None = Field(None, description="Null at a registration.")
    verified_at: Time | None = Field(None, description="Null at a registration.")
    grace_until: Time | None = Field(None, description="Null at a registration.")
    alarm_since: Time | None = Field(None, description="Null at a registration.")
    suspension: FormerSuspension | None = Field(None, description="The suspension that ended.")


class EventOfMessage(Answer):
    """The event that is told, as `events` has it."""

    kind: Annotated[str, one_of(*(one.value for one in EventKind))]
    code: str | None = Field(description="What happened, more exactly than `kind`.")
    params: dict[str, Any] | None = Field(
        description="The values in the sentence; null if they are too long."
    )
    sentence: str = Field(description="What happened, for people.")
    reason: str | None = Field(description="Why, as it was typed.")
    actor_kind: Annotated[str, one_of(*(one.value for one in ActorKind))]
    request_id: str | None = Field(description="The request by which it was done.")


class DataOfDomain(Answer):
    """What happened to a domain."""

    sequence: int = Field(description="Of two messages about one domain the later one has the larger number.")
    id: int = Field(description="The id of the domain.")
    domain_name: str = Field(description="In A-labels (RFC 5890).")
    account: str = Field(description="The number of its account.")
    state: State
    before: DomainBefore = Field(description="How it was.")
    after: DomainAfter = Field(description="How it is.")
    event: EventOfMessage = Field(description="What happened.")


class DataOfTest(Answer):
    """What a test tells: nothing happened."""

    sequence: int = Field(description="The number of the message.")
    id: None = Field(description="A test is about no domain.")
    account: str | None = Field(description="The number of the endpoint's account; null for the platform's.")


class DomainMessage(Answer):
    """The body of a message about a domain."""

    type: MessageType
    timestamp: Time = Field(description="When it happened.")
    data: DataOfDomain = Field(description="What happened.")


class TestMessage(Answer):
    """The body of a test that somebody asked for."""

    type: MessageType
    timestamp: Time = Field(description="When it was asked for.")
    data: DataOfTest = Field(description="Nothing happened.")


def message_model(kind: WebhookType) -> type[DomainMessage | TestMessage]:
    """Of the body of messages of this type."""
    return TestMessage if kind is WebhookType.TEST else DomainMessage
