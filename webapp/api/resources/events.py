"""What happened: of one domain, and of everything that the key may see."""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from webapp.api.authentication import caller, needs, own_domain, select_domains
from webapp.api.blueprint import resource
from webapp.api.document import Result, operation, query
from webapp.api.paging import paged
from webapp.api.schemas.resources.events import Event as EventTold
from webapp.api.schemas.resources.events import EventList, EventsQuery
from webapp.audit.documents import event_document
from webapp.models import Event, EventKind, LLMClientCustomDomain

api = resource("events")


@api.get("/events")
@operation(tag="events", query=EventsQuery, answers={200: EventList})
@needs("events:read")
def index() -> Result:
    """List events of the account.

    The newest first. A key of the platform without `Nameplate-Account` reads those of all accounts.
    """
    wanted, who = select(Event), caller()
    if who.account is not None:
        wanted = wanted.where(Event.account_id == who.account.id)
    if who.key.is_test:
        seen = select_domains().with_only_columns(LLMClientCustomDomain.id)
        wanted = wanted.where(Event.custom_domain_id.in_(seen))
    return _listed(wanted)


@api.get("/domains/<int:domain_id>/events")
@operation(
    tag="events", query=EventsQuery, answers={200: EventList}, problems=(404,), name="list_domain_events"
)
@needs("events:read")
def of_domain(domain_id: int) -> Result:
    """List the history of a domain.

    A domain that was removed keeps its history for a while.
    """
    domain = own_domain(domain_id, removed=True)
    # What happened while it was another account's is that account's history.
    mine = Event.custom_domain_id == domain.id, Event.account_id == domain.account_id
    return _listed(select(Event).where(*mine))


def _listed(wanted: Select[Event]) -> Result:
    asked = query(EventsQuery)
    if asked.kind is not None:
        kinds = [one for one in EventKind if one.value == asked.kind]
        wanted = wanted.where(Event.kind.in_(kinds))
    parts = selectinload(Event.account), selectinload(Event.custom_domain)
    return paged(EventList, wanted.options(*parts), Event.id, asked, event_answer)


def event_answer(event: Event) -> EventTold:
    told = event_document(event)
    more = {
        "id": event.id,
        "domain_id": event.custom_domain_id,
        "before": told.pop("from"),
        "after": told.pop("to"),
    }
    return EventTold.model_validate({**told, **more})
