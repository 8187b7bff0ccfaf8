"""The web site of “Sandbox Registrar”, where a customer types records in by hand, mistakes included."""

from __future__ import annotations

import dns.name
from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.provider import records as provider_records
from webapp.sandbox.provider.records import TYPES, Record
from webapp.sandbox.provider.typed import Typed, TypedError, read, zone_of
from webapp.sandbox.shared.store import Store

pages = Blueprint("provider", __name__)

SEE_OTHER, NOT_UNDERSTOOD = 303, 422


def _store() -> Store:
    account: Account = current_app.extensions["sandbox-account"]
    return account.store


@pages.get("/")
def zone_list() -> ResponseReturnValue:
    return _zone_list_page(typed="", fault=None)


def _zone_list_page(typed: str, fault: TypedError | None) -> ResponseReturnValue:
    page = render_template("zones.html", zones=provider_records.zones(_store()), typed=typed, fault=fault)
    return page, NOT_UNDERSTOOD if fault else 200


@pages.post("/zones")
def open_zone() -> ResponseReturnValue:
    typed = request.form.get("zone", "")
    try:
        zone = zone_of(typed)
    except TypedError as fault:
        return _zone_list_page(typed, fault)
    provider_records.open_zone(_store(), zone)
    return redirect(url_for("provider.show_zone", zone=zone), SEE_OTHER)


@pages.get("/zones/<zone>")
def show_zone(zone: str) -> ResponseReturnValue:
    return _zone_page(zone, Typed(type="A"), None)


def _zone_page(zone: str, typed: Typed, fault: TypedError | None) -> ResponseReturnValue:
    _must_be_a_zone(zone)
    records = provider_records.records(_store(), zone)
    touched = set(request.args.getlist("record", type=int))
    page = render_template(
        "zone.html",
        zone=zone,
        own_records=provider_records.own_records(_store(), zone),
        records=records,
        done=request.args.get("done"),
        touched=[one for one in records if one.id in touched],
        types=TYPES,
        typed=typed,
        fault=fault,
    )
    return page, NOT_UNDERSTOOD if fault else 200


@pages.post("/zones/<zone>/records")
def add_records(zone: str) -> ResponseReturnValue:
    _must_be_a_zone(zone)
    typed = _typed()
    try:
        new = read(typed, zone)
    except TypedError as fault:
        return _zone_page(zone, typed, fault)
    return _back_to_zone(zone, "added", provider_records.add(_store(), new))


@pages.route("/zones/<zone>/records/<int:record_id>", methods=["GET", "POST"])
def edit_record(zone: str, record_id: int) -> ResponseReturnValue:
    record = provider_records.record(_store(), zone, record_id) or abort(404)
    typed, fault = _as_typed(record), None
    if request.method == "POST":
        typed = _typed()
        try:
            new = read(typed, zone)
        except TypedError as err:
            fault = err
        else:
            return _back_to_zone(zone, "changed", provider_records.replace(_store(), record, new))
    page = render_template("record.html", zone=zone, record=record, types=TYPES, typed=typed, fault=fault)
    return page, NOT_UNDERSTOOD if fault else 200


@pages.post("/zones/<zone>/records/<int:record_id>/delete")
def delete_record(zone: str, record_id: int) -> ResponseReturnValue:
    """Deleting a record that is gone succeeds: it may have been deleted in a second tab."""
    record = provider_records.record(_store(), zone, record_id)
    if record:
        provider_records.remove(_store(), [record])
    return _back_to_zone(zone, "deleted", [])


@pages.app_errorhandler(HTTPException)
def explain(err: HTTPException) -> ResponseReturnValue:
    return render_template("error.html", err=err), err.code or 500


def _typed() -> Typed:
    return Typed(**{field: request.form.get(field, "") for field in ("name", "type", "ttl", "value")})


def _as_typed(record: Record) -> Typed:
    """A stored record as somebody would type it in again. Full names keep their final dot."""
    host, zone = dns.name.from_text(record.name), dns.name.from_text(record.zone)
    name = "@" if host == zone else host.relativize(zone).to_text()
    return Typed(name, record.type, str(record.ttl), record.value)


def _must_be_a_zone(zone: str) -> None:
    try:
        known = zone_of(zone) == zone
    except TypedError:
        known = False
    if not known:
        abort(404)


def _back_to_zone(zone: str, done: str, record_ids: list[int]) -> ResponseReturnValue:
    return redirect(url_for("provider.show_zone", zone=zone, done=done, record=record_ids), SEE_OTHER)
