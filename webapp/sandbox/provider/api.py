"""The providers over HTTP with JSON, for scripts and tests: what the pages do, understood as the pages do."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.sandbox.aws.api import sandbox_account
from webapp.sandbox.provider import records as provider_records
from webapp.sandbox.provider.record import DEFAULT_TTL, RefusedError, TypedError
from webapp.sandbox.provider.switches import read_switches
from webapp.sandbox.provider.typed import Typed, read, refuse_the_sandboxs_own, zone_of
from webapp.sandbox.shared.store import Store

provider_api = Blueprint("provider-api", __name__, url_prefix="/sandbox/zones/<zone>")

CREATED, NO_CONTENT, NOT_FOUND, CONFLICT, NOT_UNDERSTOOD = 201, 204, 404, 409, 422
_TYPES = {"name": str, "type": str, "ttl": int, "value": str, "proxied": bool}


def _store() -> Store:
    return sandbox_account().store


@provider_api.errorhandler(TypedError)
def explain(err: TypedError) -> ResponseReturnValue:
    status = CONFLICT if isinstance(err, RefusedError) else NOT_UNDERSTOOD
    return jsonify(field=err.field, message=str(err)), status


@provider_api.before_request
def must_be_a_zone() -> ResponseReturnValue | None:
    zone = str((request.view_args or {})["zone"])
    if zone_of(zone) != zone:
        return jsonify(field="zone", message=f"{zone} is no zone; it is in {zone_of(zone)}."), NOT_FOUND
    return None


@provider_api.get("")
def show(zone: str) -> ResponseReturnValue:
    stored = provider_records.records(_store(), zone)
    settings = provider_records.switches(_store(), zone).as_text()
    return jsonify(zone=zone, settings=settings, records=[_document(one.id, one.as_json()) for one in stored])


@provider_api.post("/settings")
def switch(zone: str) -> ResponseReturnValue:
    """An object of some of the choices of `CHOICES`, such as {"flatten": "apex"}; what is left out stays."""
    refuse_the_sandboxs_own(zone, "provider")
    wanted = read_switches(_given(), provider_records.switches(_store(), zone))
    provider_records.switch(_store(), zone, wanted)
    return jsonify(wanted.as_text())


@provider_api.post("/records")
def add(zone: str) -> ResponseReturnValue:
    """{"name", "type", "value"} and, if wanted, "ttl" and "proxied"; answers with all records that it made."""
    given = {"name": "@", "type": "", "ttl": DEFAULT_TTL, "value": "", "proxied": False, **_given()}
    for field, value in given.items():
        if field not in _TYPES or type(value) is not _TYPES[field]:
            raise TypedError(field, f"A record has {', '.join(_TYPES)}; {field} cannot be {value!r}.")
    typed = Typed(given["name"], given["type"], str(given["ttl"]), given["value"], given["proxied"])
    new = read(typed, zone, appends=provider_records.switches(_store(), zone).appends)
    ids = provider_records.add(_store(), new)
    made = [_document(one_id, one.as_json()) for one_id, one in zip(ids, new, strict=True)]
    return jsonify(records=made), CREATED


@provider_api.delete("/records/<int:record_id>")
def remove(zone: str, record_id: int) -> ResponseReturnValue:
    record = provider_records.record(_store(), zone, record_id)
    if record is None:
        return jsonify(field="id", message=f"{zone} has no record {record_id}."), NOT_FOUND
    provider_records.remove(_store(), [record])
    return "", NO_CONTENT


def _document(record_id: int, shown: dict[str, str | int | bool]) -> dict[str, str | int | bool]:
    return {"id": record_id, **shown}


def _given() -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise TypedError("", "The body is no JSON object.")
    return given
