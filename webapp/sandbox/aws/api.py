"""The pretended AWS over HTTP: which service a request is for, its faults on request, and the answer.

ACM, which speaks another protocol, is in `webapp.sandbox.acm.api`; faults and account are shared.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from webapp.sandbox.aws import route53_records, route53_tags, route53_zones
from webapp.sandbox.aws.faults import Controls, Fault, FaultError
from webapp.sandbox.aws.rest_xml import RefusalError, Reply, RestXmlService, Values
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.shared.environment import listener_named

api = Blueprint("aws", __name__)

_route53 = RestXmlService("route53")
_OPERATIONS: dict[str, Callable[[Account, Values], Values]] = {
    "ChangeResourceRecordSets": route53_records.change_record_sets,
    "ChangeTagsForResource": route53_tags.change_tags,
    "CreateHostedZone": route53_zones.create_hosted_zone,
    "DeleteHostedZone": route53_zones.delete_hosted_zone,
    "GetAccountLimit": route53_zones.get_account_limit,
    "GetChange": route53_zones.get_change,
    "GetHostedZone": route53_zones.get_hosted_zone,
    "GetHostedZoneCount": route53_zones.get_hosted_zone_count,
    "ListHostedZones": route53_zones.list_hosted_zones,
    "ListHostedZonesByName": route53_zones.list_hosted_zones_by_name,
    "ListResourceRecordSets": route53_records.list_record_sets,
    "ListTagsForResource": route53_tags.list_tags,
    "ListTagsForResources": route53_tags.list_tags_of_several,
}


def sandbox_account() -> Account:
    account: Account = current_app.extensions["sandbox-account"]
    return account


def _controls() -> Controls:
    return sandbox_account().controls


@api.route("/2013-04-01/<path:_path>", methods=["GET", "POST", "DELETE"])
def route53(_path: str) -> Response:
    try:
        reply = _answer()
    except RefusalError as refusal:
        reply = _route53.write_refusal(refusal)
    return Response(reply.body, reply.status, reply.headers)


def _answer() -> Reply:
    found = _route53.find(request.method, request.path)
    if found is None or found[0].name not in _OPERATIONS:
        raise RefusalError(
            "NotImplemented", f"The sandbox does not offer {request.method} {request.path}.", 501
        )
    operation, in_path = found
    fault = _controls().take(operation.name)
    if fault and fault.when == "before":
        suffer(fault)
    values = _route53.read(operation, in_path, request.args, request.get_data())
    reply = _route53.write(operation, _OPERATIONS[operation.name](sandbox_account(), values))
    if fault and fault.when == "after":
        suffer(fault)
    return reply


def suffer(fault: Fault) -> None:
    """What the fault does to a request. Raises `RefusalError` when it is a refusal."""
    time.sleep(fault.delay_seconds)
    if fault.drop:
        connection: socket.socket = request.environ["werkzeug.socket"]
        connection.shutdown(socket.SHUT_RDWR)
    if fault.code:
        raise RefusalError(fault.code, fault.message, fault.status)


@api.route("/sandbox/ready")
def ready() -> ResponseReturnValue:
    return jsonify(ready=True)


@api.route("/sandbox/faults", methods=["GET", "POST", "DELETE"])
def faults() -> ResponseReturnValue:
    """Faults in waiting; a POST adds one, a DELETE forgets all."""
    if request.method == "DELETE":
        _controls().clear()
    elif request.method == "POST":
        try:
            _controls().add(Fault.from_json(request.get_json()))
        except FaultError as err:
            return jsonify(message=str(err)), 400
    return jsonify(faults=_controls().listed())


@api.post("/sandbox/dns-faults")
def dns_faults() -> ResponseReturnValue:
    """{"server": name, "outcome": "silent" | "SERVFAIL" | "REFUSED" | ""}; the last lets it answer again.

    A Route 53 server takes the other servers of its group with it.
    """
    given = request.get_json()
    server, outcome = (given.get("server"), given.get("outcome")) if isinstance(given, dict) else (None, None)
    listener = listener_named(str(server))
    if listener is None:
        return jsonify(message=f"The sandbox has no name server {server}."), 400
    try:
        _controls().set_dns_outcome(listener, str(outcome))
    except FaultError as err:
        return jsonify(message=str(err)), 400
    return jsonify(server=server, outcome=outcome)


_SETTINGS = ("in_sync_seconds", "zone_limit", "certificate_record_seconds", "certificate_timeout_seconds")


@api.route("/sandbox/settings", methods=["GET", "POST"])
def settings() -> ResponseReturnValue:
    """How long a change stays PENDING, how many hosted zones fit, and the two periods of certificates."""
    controls = _controls()
    if request.method == "POST":
        given = request.get_json()
        if not isinstance(given, dict) or not _are_settings(given):
            return jsonify(message=f"Settings are {', '.join(_SETTINGS)}, numbers from 0."), 400
        for name, value in given.items():
            setattr(controls, name, value)
    return jsonify({name: getattr(controls, name) for name in _SETTINGS})


def _are_settings(given: dict[object, object]) -> bool:
    known = given.keys() <= {*_SETTINGS}
    return known and all(isinstance(value, int | float) and value >= 0 for value in given.values())
