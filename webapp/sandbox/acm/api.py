"""The pretended ACM over HTTP: JSON to “/”, the operation in the X-Amz-Target header (AWS JSON 1.1)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable

from botocore.loaders import Loader
from botocore.model import ServiceModel
from flask import Blueprint, Response, request

from webapp.sandbox.acm import certificates
from webapp.sandbox.acm.certificates import Request
from webapp.sandbox.aws.api import sandbox_account, suffer
from webapp.sandbox.aws.rest_xml import RefusalError, Values

acm = Blueprint("acm", __name__)

_MODEL = ServiceModel(Loader().load_service_model("acm", "service-2"), "acm")
_OPERATIONS: dict[str, Callable[[Request], Values]] = {
    "AddTagsToCertificate": certificates.add_tags,
    "DeleteCertificate": certificates.delete,
    "DescribeCertificate": certificates.describe,
    "ListCertificates": certificates.list_certificates,
    "ListTagsForCertificate": certificates.list_tags,
    "RequestCertificate": certificates.request_certificate,
}
_REGION = re.compile(r"Credential=[^/]+/\d{8}/([a-z0-9-]+)/acm/")


@acm.post("/")
def answer() -> Response:
    try:
        body, status = _answer(), 200
    except RefusalError as refusal:
        body, status = {"__type": refusal.code, "message": refusal.message}, refusal.status
    headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": "application/x-amz-json-1.1"}
    return Response(json.dumps(body), status, headers)


def _answer() -> Values:
    operation = request.headers.get("X-Amz-Target", "").removeprefix("CertificateManager.")
    if operation not in _OPERATIONS:
        raise RefusalError("UnknownOperationException", f"The sandbox does not offer “{operation}”.")
    account = sandbox_account()
    fault = account.controls.take(operation)
    if fault and fault.when == "before":
        suffer(fault)
    values = _OPERATIONS[operation](Request(account, _region(), _read(operation)))
    if fault and fault.when == "after":
        suffer(fault)
    return values


def _region() -> str:
    """A certificate exists in one region only: the one the request was signed for."""
    match = _REGION.search(request.headers.get("Authorization", ""))
    if match is None:
        raise RefusalError("MissingAuthenticationTokenException", "The request is not signed for ACM.", 403)
    return match[1]


def _read(operation: str) -> Values:
    given = request.get_json(force=True, silent=True)
    if not isinstance(given, dict):
        raise RefusalError("SerializationException", "The request body is no JSON object.")
    shape = _MODEL.operation_model(operation).input_shape
    missing = [name for name in shape.required_members if name not in given] if shape else []
    if missing:
        raise RefusalError("ValidationException", f"Missing required parameter: {', '.join(missing)}")
    return given
