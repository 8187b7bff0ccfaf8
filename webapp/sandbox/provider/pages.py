"""The web sites of the two providers, where a customer types records in by hand, mistakes included."""

from __future__ import annotations

import dns.name
from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.provider import records as provider_records
from webapp.sandbox.provider.providers import PROVIDERS, REGISTRAR
from webapp.sandbox.provider.record import PROXIABLE, TYPES, Record, TypedError
from webapp.sandbox.provider.switches import CHOICES, read_switches
from webapp.sandbox.provider.typed import Typed, read, refuse_the_sandboxs_own, zone_of
from webapp.sandbox.shared.environment import EDGE_DOMAIN
from webapp.sandbox.shared.store import Store

pages = Blueprint("provider", __name__)

SEE_OTHER, NOT_UNDERSTOOD = 303, 422


def _store() -> Store:
    account: Account = current_app.extensions["sandbox-account"]
    return account.store


@pages.get("/")
def zone_list() -> ResponseReturnValue:
    """With `zone`, as Nameplate's pages link here: that zone, or the form that opens it."""
    wanted = request.args.get("zone", "")
    if any(wanted == zone for zone, _ in provider_records.zones(_store())):
        return redirect(url_for("provider.show_zone", zone=wanted), SEE_OTHER)
    return _zone_list_page(typed=wanted, fault=None)


def _zone_list_page(typed: str, fault: TypedError | None) -> ResponseReturnValue:
    zones = [
        (zone, count, provider_records.switches(_store(), zone).provider)
        for zone, count in provider_records.zones(_store())
    ]
    page = render_template("zones.html", zones=zones, typed=typed, fault=fault, provider=REGISTRAR)
    return page, NOT_UNDERSTOOD if fault else 200


@pages.post("/zones")
def open_zone() -> ResponseReturnValue:
    typed = request.form.get("zone", "")
    try:
        zone = zone_of(typed)
        if zone == EDGE_DOMAIN:
            refuse_the_sandboxs_own(zone, "name")
    except TypedError as fault:
        return _zone_list_page(typed, fault)
    provider_records.open_zone(_store(), zone)
    return redirect(url_for("provider.show_zone", zone=zone), SEE_OTHER)


@pages.get("/zones/<zone>")
def show_zone(zone: str) -> ResponseReturnValue:
    return _zone_page(zone, Typed(type="A"), None)


def _zone_page(
    zone: str, typed: Typed, fault: TypedError | None, chosen: dict[str, str] | None = None
) -> ResponseReturnValue:
    _must_be_a_zone(zone)
    records, switches = provider_records.records(_store(), zone), provider_records.switches(_store(), zone)
    touched = set(request.args.getlist("record", type=int))
    page = render_template(
        "zone.html",
        zone=zone,
        provider=switches.provider,
        providers=PROVIDERS.values(),
        chosen=switches.as_text() | (chosen or {}),
        own_records=provider_records.own_records(_store(), zone),
        records=records,
        done=request.args.get("done"),
        touched=[one for one in records if one.id in touched],
        types=TYPES,
        proxiable=PROXIABLE,
        typed=typed,
        fault=fault,
    )
    return page, NOT_UNDERSTOOD if fault else 200


@pages.post("/zones/<zone>/settings")
def switch(zone: str) -> ResponseReturnValue:
    _must_be_a_zone(zone)
    chosen = {field: value for field, value in request.form.items() if field in CHOICES}
    try:
        refuse_the_sandboxs_own(zone, "provider")
        wanted = read_switches(chosen, provider_records.switches(_store(), zone))
        provider_records.switch(_store(), zone, wanted)
    except TypedError as fault:
        return _zone_page(zone, Typed(type="A"), fault, chosen)
    return _back_to_zone(zone, "saved", [])


@pages.post("/zones/<zone>/records")
def add_records(zone: str) -> ResponseReturnValue:
    _must_be_a_zone(zone)
    typed = _typed()
    try:
        new = provider_records.add(_store(), read(typed, zone, appends=_appends(zone)))
    except TypedError as fault:
        return _zone_page(zone, typed, fault)
    return _back_to_zone(zone, "added", new)


@pages.route("/zones/<zone>/records/<int:record_id>", methods=["GET", "POST"])
def edit_record(zone: str, record_id: int) -> ResponseReturnValue:
    record = provider_records.record(_store(), zone, record_id) or abort(404)
    switches = provider_records.switches(_store(), zone)
    typed, fault = _as_typed(record, appends=switches.appends), None
    if request.method == "POST":
        typed = _typed()
        try:
            new = read(typed, zone, appends=switches.appends)
            return _back_to_zone(zone, "changed", provider_records.replace(_store(), record, new))
        except TypedError as err:
            fault = err
    page = render_template(
        "record.html",
        zone=zone,
        provider=switches.provider,
        record=record,
        types=TYPES,
        typed=typed,
        fault=fault,
    )
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
    return render_template("error.html", err=err, provider=REGISTRAR), err.code or 500


def _typed() -> Typed:
    inputs = {field: request.form.get(field, "") for field in ("name", "type", "ttl", "value")}
    return Typed(**inputs, proxied=request.form.get("proxy") == "on")


def _as_typed(record: Record, *, appends: bool) -> Typed:
    """A stored record as somebody would type it in again. Full names keep their final dot."""
    host, zone = dns.name.from_text(record.name), dns.name.from_text(record.zone)
    name = "@" if host == zone else host.relativize(zone).to_text()
    if not appends and dns.name.from_text(name).is_subdomain(zone):
        name = host.to_text()
    return Typed(name, record.type, str(record.ttl), record.value, record.proxied)


def _appends(zone: str) -> bool:
    return provider_records.switches(_store(), zone).appends


def _must_be_a_zone(zone: str) -> None:
    try:
        known = zone_of(zone) == zone != EDGE_DOMAIN
    except TypedError:
        known = False
    if not known:
        abort(404)


def _back_to_zone(zone: str, done: str, record_ids: list[int]) -> ResponseReturnValue:
    return redirect(url_for("provider.show_zone", zone=zone, done=done, record=record_ids), SEE_OTHER)
