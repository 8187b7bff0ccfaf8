"""Webhooks: endpoints, their secrets, and the log of their deliveries."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.api.authentication import caller, needs, within
from webapp.api.blueprint import location, resource
from webapp.api.document import Result, body, operation, query
from webapp.api.etags import require_match
from webapp.api.paging import paged
from webapp.api.problems import Problem, not_found
from webapp.api.transactions import after_commit
from webapp.api.webhooks import schemas
from webapp.extensions import db, settings
from webapp.models import WebhookDelivery, WebhookEndpoint, utcnow
from webapp.runtime.queue import queue
from webapp.web.bounded import MOST_ROW_ID
from webapp.webhooks import documents, endpoints, queries
from webapp.webhooks.delivery.tasks import send_one
from webapp.webhooks.targets import Refusal
from webapp.webhooks.types import DEFAULT, WebhookType

api = resource("webhooks")

_STATUSES = {"too-many": 409, "endpoint-off": 409}


@api.get("/webhooks")
@operation(tag="webhooks", query=schemas.WebhooksQuery, answers={200: schemas.WebhookList})
@needs("webhooks:read")
def index() -> Result:
    """List endpoints.

    Those of the account; for a key of the platform without the header Nameplate-Account those of the platform, which
    hear of all accounts.
    """
    account = caller().account
    mine = WebhookEndpoint.account_id == (account.id if account else None)
    rows = select(WebhookEndpoint).where(mine).options(joinedload(WebhookEndpoint.account))
    return paged(schemas.WebhookList, rows, WebhookEndpoint.id, query(schemas.WebhooksQuery), _shown)


@api.post("/webhooks")
@operation(
    tag="webhooks", body=schemas.NewWebhook, answers={201: schemas.WebhookWithSecret}, problems=(409, 422)
)
@needs("webhooks:write")
def create() -> Result:
    """Add an endpoint.

    The answer has the secret, which no other answer shows.
    """
    wanted = body(schemas.NewWebhook)
    kinds = DEFAULT if wanted.types is None else wanted.types
    made = endpoints.add(
        caller().account,
        wanted.url,
        wanted.description,
        kinds,
        actor=caller().actor,
        settings=settings(),
    )
    if isinstance(made, Refusal):
        raise _refused(made)
    endpoint, secret = made
    where = location("webhooks.show", webhook_id=endpoint.id)
    return _with_secret(endpoint, secret), 201, {"Location": where}


@api.get("/webhooks/<int:webhook_id>")
@operation(tag="webhooks", answers={200: schemas.Webhook}, problems=(404,))
@needs("webhooks:read")
def show(webhook_id: int) -> Result:
    """Read an endpoint."""
    return _shown(_own(webhook_id))


@api.patch("/webhooks/<int:webhook_id>")
@operation(
    tag="webhooks",
    body=schemas.WebhookChange,
    answers={200: schemas.Webhook},
    problems=(404, 412, 422),
    name="update_webhook",
)
@needs("webhooks:write")
def change(webhook_id: int) -> Result:
    """Change an endpoint, or switch it on or off."""
    endpoint, wanted, actor = _own(webhook_id), body(schemas.WebhookChange), caller().actor
    endpoints.lock(endpoint)
    require_match(lambda: _shown(endpoint))
    refusal = endpoints.change(
        endpoint,
        url=endpoint.url if wanted.url is None else wanted.url,
        description=endpoint.description if wanted.description is None else wanted.description,
        kinds=_kinds(endpoint.types) if wanted.types is None else wanted.types,
        actor=actor,
        settings=settings(),
    )
    if refusal is not None:
        raise _refused(refusal)
    if wanted.state == "on":
        endpoints.switch_on(endpoint, actor=actor)
    elif wanted.state == "off":
        endpoints.switch_off(endpoint, actor=actor, now=utcnow())
    db.session.flush()
    return _shown(endpoint)


@api.delete("/webhooks/<int:webhook_id>")
@operation(tag="webhooks", answers={204: None}, problems=(404, 412), name="delete_webhook")
@needs("webhooks:write")
def delete(webhook_id: int) -> Result:
    """Delete an endpoint.

    With its secret and its log. Nothing is sent to it any more, at once.
    """
    endpoint = _own(webhook_id)
    endpoints.lock(endpoint)
    require_match(lambda: _shown(endpoint))
    endpoints.delete(endpoint, actor=caller().actor)
    return "", 204


@api.post("/webhooks/<int:webhook_id>/secrets")
@operation(
    tag="webhooks", answers={201: schemas.WebhookWithSecret}, problems=(404,), name="rotate_webhook_secret"
)
@needs("webhooks:write")
def rotate(webhook_id: int) -> Result:
    """Make another secret.

    The answer has it, and no other answer does. For 24 hours the former secret signs as well.
    """
    endpoint = _own(webhook_id)
    made = endpoints.rotate(endpoint, actor=caller().actor, now=utcnow(), settings=settings())
    return _with_secret(endpoint, made), 201, {"Location": location("webhooks.show", webhook_id=endpoint.id)}


@api.post("/webhooks/<int:webhook_id>/tests")
@operation(
    tag="webhooks",
    answers={202: schemas.WebhookDelivery},
    problems=(404, 409),
    name="test_webhook",
)
@needs("webhooks:write")
def send_test(webhook_id: int) -> Result:
    """Send a test.

    A message of the type webhook.test goes to this endpoint, whatever types it asked for.
    """
    endpoint = _own(webhook_id)
    within("send tests", endpoints.TESTS_AN_HOUR)
    made = endpoints.send_test(endpoint, utcnow())
    if isinstance(made, Refusal):
        raise _refused(made)
    return _under_way(endpoint, db.session.get_one(WebhookDelivery, made))


@api.get("/webhooks/<int:webhook_id>/deliveries")
@operation(
    tag="webhooks",
    query=schemas.WebhookDeliveriesQuery,
    answers={200: schemas.WebhookDeliveryList},
    problems=(404,),
    name="list_webhook_deliveries",
)
@needs("webhooks:read")
def deliveries(webhook_id: int) -> Result:
    """List the deliveries to an endpoint."""
    endpoint, asked = _own(webhook_id), query(schemas.WebhookDeliveriesQuery)
    rows = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint.id)
    if asked.state is not None:
        rows = rows.where(WebhookDelivery.state == asked.state)
    rows = rows.options(joinedload(WebhookDelivery.message))
    return paged(schemas.WebhookDeliveryList, rows, WebhookDelivery.id, asked, _delivery)


@api.get("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>")
@operation(
    tag="webhooks",
    answers={200: schemas.WholeWebhookDelivery},
    problems=(404,),
    name="get_webhook_delivery",
)
@needs("webhooks:read")
def show_delivery(webhook_id: int, delivery_id: int) -> Result:
    """Read a delivery.

    With what was sent and what came back.
    """
    found = _own_delivery(_own(webhook_id), delivery_id)
    return schemas.WholeWebhookDelivery.model_validate(documents.whole_delivery_document(found))


@api.post("/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/attempts")
@operation(
    tag="webhooks",
    answers={202: schemas.WebhookDelivery},
    problems=(404, 409),
    name="send_webhook_delivery_again",
)
@needs("webhooks:write")
def send_again(webhook_id: int, delivery_id: int) -> Result:
    """Send a message again.

    The same body with the same id, now, and with all retries anew.
    """
    endpoint = _own(webhook_id)
    found = _own_delivery(endpoint, delivery_id)
    within("send messages again", endpoints.AGAIN_AN_HOUR)
    refusal = endpoints.send_again(found, utcnow())
    if refusal is not None:
        raise _refused(refusal)
    return _under_way(endpoint, found)


def _own(webhook_id: int) -> WebhookEndpoint:
    found = queries.endpoint(caller().account, webhook_id) if webhook_id <= MOST_ROW_ID else None
    if found is None:
        raise not_found()
    return found


def _own_delivery(endpoint: WebhookEndpoint, delivery_id: int) -> WebhookDelivery:
    found = queries.delivery(endpoint, delivery_id) if delivery_id <= MOST_ROW_ID else None
    if found is None:
        raise not_found()
    return found


def _kinds(written: list[str]) -> list[WebhookType]:
    return [WebhookType(one) for one in written]


def _under_way(endpoint: WebhookEndpoint, found: WebhookDelivery) -> Result:
    after_commit(queue, send_one, found.id)
    where = location("webhooks.show_delivery", webhook_id=endpoint.id, delivery_id=found.id)
    return _delivery(found), 202, {"Location": where, "Retry-After": "2"}


def _shown(endpoint: WebhookEndpoint) -> schemas.Webhook:
    return schemas.Webhook.model_validate(documents.endpoint_document(endpoint))


def _with_secret(endpoint: WebhookEndpoint, secret: str) -> schemas.WebhookWithSecret:
    return schemas.WebhookWithSecret.model_validate(
        {**documents.endpoint_document(endpoint), "secret": secret}
    )


def _delivery(found: WebhookDelivery) -> schemas.WebhookDelivery:
    return schemas.WebhookDelivery.model_validate(documents.delivery_document(found))


def _refused(refusal: Refusal) -> Problem:
    field = refusal.code.partition("-")[0]
    pointer = f"/{field}" if field in {"url", "description", "types"} else None
    return Problem(_STATUSES.get(refusal.code, 422), refusal.code, refusal.sentence, pointer=pointer)
