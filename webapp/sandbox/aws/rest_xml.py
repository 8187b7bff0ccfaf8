"""AWS's REST-XML protocol from the server's side, read off the service model that botocore's client reads."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

Values = dict[str, Any]


class RefusalError(Exception):
    """What AWS answers instead of doing the operation: a code, a message and an HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    headers: dict[str, str]


class RestXmlService:
    """One service: finds the operation of a request, reads its parameters, writes its answer."""

    def __init__(self, name: str) -> None:
        self.model = ServiceModel(Loader().load_service_model(name, "service-2"), name)
        self.namespace = ""
        self._routes: list[tuple[str, re.Pattern[str], OperationModel]] = []
        for operation_name in self.model.operation_names:
            operation = self.model.operation_model(operation_name)
            self._routes.append((operation.http["method"], _pattern(operation), operation))
            shape = operation.input_shape
            self.namespace = (
                self.namespace or (shape and shape.serialization.get("xmlNamespace", {}).get("uri")) or ""
            )

    def find(self, method: str, path: str) -> tuple[OperationModel, dict[str, str]] | None:
        """The operation for a method and path, with the values in the path by their wire names."""
        for expected, pattern, operation in self._routes:
            if expected == method and (match := pattern.fullmatch(path.rstrip("/"))):
                return operation, {key: unquote(value) for key, value in match.groupdict().items()}
        return None

    def read(
        self, operation: OperationModel, in_path: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> Values:
        """The parameters by their names in boto3. Raises `RefusalError` for what is no XML or lacks a member."""
        shape = operation.input_shape
        if shape is None:
            return {}
        wire = {"uri": in_path, "querystring": query}
        document = _parse(body) if body else ET.Element("empty")
        values: Values = {}
        for name, member in shape.members.items():
            location = member.serialization.get("location")
            if location in wire:
                text = wire[location].get(member.serialization.get("name", name))
                value = None if text is None else _read_scalar(member, text)
            else:
                value = _read(member, document.find(member.serialization.get("name", name)))
            if value is not None:
                values[name] = value
        missing = [name for name in shape.required_members if name not in values]
        if missing:
            raise RefusalError("InvalidInput", f"Missing required parameter: {', '.join(missing)}")
        return values

    def write(self, operation: OperationModel, values: Values) -> Reply:
        headers = {"x-amzn-RequestId": str(uuid.uuid4()), "Content-Type": "text/xml"}
        shape = operation.output_shape
        root = ET.Element(shape.name if shape else operation.name + "Response", xmlns=self.namespace)
        for name, member in shape.members.items() if shape else ():
            if values.get(name) is None:
                continue
            wire_name = member.serialization.get("name", name)
            if member.serialization.get("location") == "header":
                headers[wire_name] = str(values[name])
            else:
                _write(root, wire_name, member, values[name])
        return Reply(int(operation.http.get("responseCode", 200)), _document(root), headers)

    def write_refusal(self, refusal: RefusalError) -> Reply:
        request_id = str(uuid.uuid4())
        root = ET.Element("ErrorResponse", xmlns=self.namespace)
        error = ET.SubElement(root, "Error")
        ET.SubElement(error, "Type").text = "Sender" if refusal.status < 500 else "Receiver"
        ET.SubElement(error, "Code").text = refusal.code
        ET.SubElement(error, "Message").text = refusal.message
        ET.SubElement(root, "RequestId").text = request_id
        headers = {"x-amzn-RequestId": request_id, "Content-Type": "text/xml"}
        return Reply(refusal.status, _document(root), headers)


def _pattern(operation: OperationModel) -> re.Pattern[str]:
    path = str(operation.http["requestUri"]).split("?")[0].rstrip("/")
    return re.compile(re.sub(r"\{(\w+)\+?\}", r"(?P<\1>[^/]+)", path))


def _parse(body: bytes) -> ET.Element:
    """The root, with all XML namespaces taken off the tags."""
    try:
        # The only client is on this machine, and expat bounds what entities may grow to.
        root = ET.fromstring(body)  # noqa: S314
    except ET.ParseError as err:
        raise RefusalError("MalformedInput", f"The request body is no XML: {err}") from err
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _read(shape: Shape, element: ET.Element | None) -> Any:
    if element is None:
        return None
    if isinstance(shape, StructureShape):
        found = (
            (name, _read(member, element.find(member.serialization.get("name", name))))
            for name, member in shape.members.items()
        )
        return {name: value for name, value in found if value is not None}
    if isinstance(shape, ListShape):
        return [_read(shape.member, child) for child in element]
    return _read_scalar(shape, element.text or "")


def _read_scalar(shape: Shape, text: str) -> Any:
    if shape.type_name in {"integer", "long"}:
        try:
            return int(text)
        except ValueError as err:
            raise RefusalError("MalformedInput", f"“{text}” is not a number") from err
    return text == "true" if shape.type_name == "boolean" else text


def _write(parent: ET.Element, name: str, shape: Shape, value: Any) -> None:
    element = ET.SubElement(parent, name)
    if isinstance(shape, StructureShape):
        for key, member in shape.members.items():
            if value.get(key) is not None:
                _write(element, member.serialization.get("name", key), member, value[key])
    elif isinstance(shape, ListShape):
        for one in value:
            _write(element, shape.member.serialization.get("name", "member"), shape.member, one)
    elif isinstance(value, bool):
        element.text = "true" if value else "false"
    elif isinstance(value, datetime):
        element.text = value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    else:
        element.text = str(value)


def _document(root: ET.Element) -> bytes:
    text: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()
