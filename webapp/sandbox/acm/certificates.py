"""The certificates of the pretended ACM: requested, validated by the sandbox’s own DNS, issued or not.

A certificate is issued when its CNAME is found by a resolver that starts at the root, so the delegation of the
host has to be right as well. Nothing runs in the background: the state of a certificate is worked out when somebody
asks for it.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
import uuid
from dataclasses import dataclass

import dns.rdatatype

from webapp.sandbox.aws.rest_xml import RefusalError, Values
from webapp.sandbox.aws.route53_values import dns_name
from webapp.sandbox.aws.route53_zones import Account, one
from webapp.sandbox.world.world import World

#: A pseudo-operation: a fault for it decides what becomes of a certificate whose CNAME was found. Its code is the
#: FailureReason, such as CAA_ERROR, or VALIDATION_TIMED_OUT.
ISSUE = "IssueCertificate"

_DAY = 86_400
_VALID_DAYS = 198
_TOKEN_SECONDS = 3600
_PAGE = 100
_LONGEST_FIRST_NAME = 64
_NAME = re.compile(r"(\*\.)?((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9]\.)+(?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9]")


@dataclass(frozen=True)
class Request:
    """One call: whose account, signed for which region, with which parameters."""

    account: Account
    region: str
    given: Values


def request_certificate(call: Request) -> Values:
    given, now = call.given, call.account.clock()
    host, token = given["DomainName"].lower(), given.get("IdempotencyToken")
    _refuse_name(host)
    if given.get("ValidationMethod") != "DNS" or given.get("SubjectAlternativeNames", [host]) != [host]:
        raise RefusalError("InvalidParameterException", "The sandbox validates one name, and by DNS only.")
    if token is not None and not re.fullmatch(r"\w{1,32}", token, re.ASCII):
        raise _constraint("idempotencyToken", token, r"Member must satisfy regular expression pattern: \w+")
    with call.account.store.writing() as connection:
        known = connection.execute(
            "SELECT arn FROM certificate WHERE token = ? AND region = ? AND domain_name = ? AND requested_at > ?",
            (token, call.region, host, now - _TOKEN_SECONDS),
        ).fetchone()
        arn = str(known["arn"]) if known else _insert(connection, call, host, token)
        if not known:
            _tag(connection, arn, given.get("Tags", []))
    return {"CertificateArn": arn}


def _refuse_name(host: str) -> None:
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise _constraint("domainName", host, "Member must be a domain name")
    if len(host) > _LONGEST_FIRST_NAME:
        raise RefusalError(
            "ValidationException",
            f"The first domain name can be no longer than {_LONGEST_FIRST_NAME} octets.",
        )


def _constraint(member: str, value: str, rule: str) -> RefusalError:
    message = (
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {rule}"
    )
    return RefusalError("ValidationException", message)


def _insert(connection: sqlite3.Connection, call: Request, host: str, token: str | None) -> str:
    now = call.account.clock()
    name, value = _cname(host.removeprefix("*."))
    arn = f"arn:aws:acm:{call.region}:000000000000:certificate/{uuid.uuid4()}"
    connection.execute(
        "INSERT INTO certificate (arn, region, domain_name, token, requested_at, record_from, validation_name,"
        " validation_value, status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'PENDING_VALIDATION')",
        (
            arn,
            call.region,
            host,
            token,
            now,
            now + call.account.controls.certificate_record_seconds,
            name,
            value,
        ),
    )
    return arn


def _cname(host: str) -> tuple[str, str]:
    """The same for every certificate of a host in an account, and for its wildcard."""
    digest = hashlib.sha256(host.encode()).hexdigest()
    return f"_{digest[:32]}.{host}.", f"_{digest[32:64]}.{digest[10:20]}.acm-validations.aws."


def describe(call: Request) -> Values:
    row = _current(call, call.given["CertificateArn"])
    now = call.account.clock()
    validated = "SUCCESS" if row["validated"] else row["status"]
    option: Values = {
        "DomainName": row["domain_name"],
        "ValidationDomain": row["domain_name"],
        "ValidationStatus": validated if validated in {"SUCCESS", "PENDING_VALIDATION"} else "FAILED",
        "ValidationMethod": "DNS",
    }
    if now >= row["record_from"]:
        option["ResourceRecord"] = {
            "Name": row["validation_name"],
            "Type": "CNAME",
            "Value": row["validation_value"],
        }
    detail: Values = {
        "CertificateArn": row["arn"],
        "DomainName": row["domain_name"],
        "SubjectAlternativeNames": [row["domain_name"]],
        "DomainValidationOptions": [option],
        "CreatedAt": row["requested_at"],
        "Status": row["status"],
        "KeyAlgorithm": "RSA-2048",
        "InUseBy": [],
        "Type": "AMAZON_ISSUED",
        "RenewalEligibility": "INELIGIBLE",
    }
    if row["failure_reason"]:
        detail["FailureReason"] = row["failure_reason"]
    if row["issued_at"] is not None:
        detail |= {"IssuedAt": row["issued_at"], "NotBefore": row["issued_at"], "NotAfter": row["not_after"]}
    return {"Certificate": detail}


def list_certificates(call: Request) -> Values:
    """Those of the region, oldest first. `NextToken` is the last ARN of the page before."""
    wanted = call.given.get("CertificateStatuses")
    size = min(int(call.given.get("MaxItems", _PAGE)), 1000)
    with call.account.store.reading() as connection:
        rows = connection.execute(
            "SELECT * FROM certificate WHERE region = ? AND rowid >"
            " coalesce((SELECT rowid FROM certificate WHERE arn = ?), 0) ORDER BY rowid",
            (call.region, call.given.get("NextToken")),
        ).fetchall()
    rows = [row for row in rows if not wanted or row["status"] in wanted]
    page: Values = {"CertificateSummaryList": [_summary(row) for row in rows[:size]]}
    if len(rows) > size:
        page["NextToken"] = rows[size - 1]["arn"]
    return page


def _summary(row: sqlite3.Row) -> Values:
    return {
        "CertificateArn": row["arn"],
        "DomainName": row["domain_name"],
        "Status": row["status"],
        "Type": "AMAZON_ISSUED",
        "KeyAlgorithm": "RSA-2048",
        "InUse": False,
        "CreatedAt": row["requested_at"],
    }


def delete(call: Request) -> Values:
    with call.account.store.writing() as connection:
        row = _find(connection, call, call.given["CertificateArn"])
        connection.execute("DELETE FROM certificate WHERE arn = ?", (row["arn"],))
    return {}


def add_tags(call: Request) -> Values:
    with call.account.store.writing() as connection:
        row = _find(connection, call, call.given["CertificateArn"])
        _tag(connection, row["arn"], call.given["Tags"])
    return {}


def list_tags(call: Request) -> Values:
    with call.account.store.reading() as connection:
        row = _find(connection, call, call.given["CertificateArn"])
        tags = connection.execute(
            "SELECT key, value FROM certificate_tag WHERE arn = ? ORDER BY key", (row["arn"],)
        ).fetchall()
    return {"Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in tags]}


def _tag(connection: sqlite3.Connection, arn: str, tags: list[Values]) -> None:
    connection.executemany(
        "INSERT INTO certificate_tag (arn, key, value) VALUES (?, ?, ?)"
        " ON CONFLICT (arn, key) DO UPDATE SET value = excluded.value",
        [(arn, tag["Key"], tag.get("Value", "")) for tag in tags],
    )


def _find(connection: sqlite3.Connection, call: Request, arn: str) -> sqlite3.Row:
    if not arn.startswith("arn:"):
        raise RefusalError("InvalidArnException", f"“{arn}” is no ARN.")
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM certificate WHERE arn = ? AND region = ?", (arn, call.region)
    ).fetchone()
    if row is None:
        raise RefusalError("ResourceNotFoundException", f"Could not find certificate {arn} in {call.region}.")
    return row


def _current(call: Request, arn: str) -> sqlite3.Row:
    """The certificate, after its validation or its expiry was checked once more."""
    with call.account.store.reading() as connection:
        row = _find(connection, call, arn)
    now = call.account.clock()
    changes: Values = {}
    if row["status"] == "PENDING_VALIDATION":
        # The store must not be locked meanwhile: answering reads from it.
        changes = _validated(call.account, row)
    elif row["status"] == "ISSUED" and now >= row["not_after"]:
        changes = {"status": "EXPIRED"}
    if not changes:
        return row
    assignments = ", ".join(f"{name} = ?" for name in changes)
    with call.account.store.writing() as connection:
        return one(
            connection.execute(
                f"UPDATE certificate SET {assignments} WHERE arn = ? RETURNING *",  # noqa: S608 - our own names
                (*changes.values(), arn),
            )
        )


def _validated(account: Account, row: sqlite3.Row) -> Values:
    now = account.clock()
    if _is_answered(account, row["validation_name"], row["validation_value"]):
        fault = account.controls.take(ISSUE, named=True)
        if fault is None:
            issued = {"status": "ISSUED", "issued_at": now, "not_after": now + _VALID_DAYS * _DAY}
            return {"validated": 1, **issued}
        if fault.code != "VALIDATION_TIMED_OUT":
            return {"validated": 1, "status": "FAILED", "failure_reason": fault.code}
        return {"status": "VALIDATION_TIMED_OUT"}
    if now - row["requested_at"] >= account.controls.certificate_timeout_seconds:
        return {"status": "VALIDATION_TIMED_OUT"}
    return {}


def _is_answered(account: Account, name: str, value: str) -> bool:
    world = World(account.store, account.controls, account.clock)
    reply = world.resolve(dns_name(name), dns.rdatatype.CNAME)
    wanted = dns_name(value)
    return any(
        rdata.target == wanted
        for rrset in reply.answer
        if rrset.rdtype == dns.rdatatype.CNAME
        for rdata in rrset
    )
