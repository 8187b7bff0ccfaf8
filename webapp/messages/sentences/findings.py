"""Sentences about findings of reconciliation, for staff, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.messages.formatting import shown

#: A zone may hold thousands of records; what staff read of one finding is bounded.
_LONGEST = 2000


def _tagged_for_another(params: Mapping[str, Any]) -> str:
    return (
        f"Zone {params['zone']} is tagged for {params['tagged_name']}, claim {params['tagged_claim'] or 'none'}, "
        f"but is ours for {params['name']}, claim {params['claim']}. We leave it alone until its tags are put right."
    )


def _apex_changed(params: Mapping[str, Any]) -> str:
    return (
        f"The NS records of zone {params['zone']} itself say {', '.join(params['found']) or 'nothing'}, not "
        f"{', '.join(params['expected'])}. We never write there: set them back in the AWS console."
    )


def _foreign_records(params: Mapping[str, Any]) -> str:
    more = f" and {params['more']} more" if params["more"] else ""
    shown = "; ".join(params["records"])
    return f"Zone {params['zone']} holds records that we did not write: {shown}{more}."[:_LONGEST]


def _missing_records(params: Mapping[str, Any]) -> str:
    return f"Zone {params['zone']} had lost {', '.join(params['records'])}. We write it again."


def _claim_refused(params: Mapping[str, Any]) -> str:
    """`why`: a slug of `names.Refusal.reason`. `other`: the name that is in the way, if a claim on it is."""
    name, account = shown(params["name"]), params["account"]
    proved = f"Account {account} has proved {name}, which is not served there:"
    if not params["other"]:
        return f"{proved} {_RULES.get(params['why'], 'it is none of the names that we register')}."
    whose = f"{shown(params['other'])} of account {params['other_account']}"
    suspended = " and suspended" if params["suspended"] else ""
    if params["why"] == "on-hold":
        return f"{proved} {whose} is suspended. Release that one before this one can be served."
    return (
        f"{proved} {whose} is verified{suspended}. Find out who controls it, and have the other one removed."
    )


#: Reason of a refusal that no claim is behind -> why the name is not served.
_RULES = {"not-accepted": "it is on the deny list"}


SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    "finding.orphan": (
        "Zone {zone} of {name:shown} carries our tag, and this database does not know it. If a backup was restored, "
        "give it to the claim on {name:shown} (flask domains adopt-zone {zone}), or delete it (flask domains "
        "delete-orphan-zone {zone}). If not: does another database use the same INSTALLATION_ID?"
    ),
    "finding.duplicate": (
        "Zone {zone} of {name:shown} carries our tag, and this database does not know it; its claim has zone "
        "{holder}. If a backup was restored, and the customer has typed in the name servers of {zone}, exchange them "
        "(flask domains adopt-zone {zone}). If not, delete it (flask domains delete-orphan-zone {zone})."
    ),
    "finding.still-there": (
        "Zone {zone} of {name:shown} was taken for deleted and is still there. "
        "We delete it once nobody delegates to it."
    ),
    "finding.made-late": (
        "Zone {zone} of {name:shown} was made after we had given up asking for it. "
        "We delete it once nobody delegates to it."
    ),
    "finding.vanished": "Zone {zone} of {name:shown} is not at AWS any more.",
    "finding.tagged-for-another": _tagged_for_another,
    "finding.tags-lost": (
        "Zone {zone} of {name:shown} lost its name or its tags at AWS. We leave it "
        "alone until it has its tag nameplate:claim={claim} again."
    ),
    "finding.foreign-records": _foreign_records,
    "finding.missing-records": _missing_records,
    "finding.apex-changed": _apex_changed,
    "finding.edge-zone": (
        "Targets below {zone} cannot be published or withdrawn. {said} New names lead nowhere until that works; "
        "flask doctor looks into it."
    ),
    "finding.all-listed": "{sets} sets for {name:shown} were at its parent before, so no other is drawn today.",
    "finding.other-account": (
        "{missing} of {total} zones are not in the AWS account that we look into. Are the credentials, "
        "INSTALLATION_ID and DATABASE_URL those of one installation? Nothing was changed."
    ),
    "finding.claim-refused": _claim_refused,
    "finding.contest": (
        "Account {account} has proved {name:shown}, which is verified for account {other_account}. The name moves "
        "after {from:clock} if checks prove the first claim again and contradict the second. Suspend one of them to "
        "stop it."
    ),
    "finding.lookalike": (
        "{name:shown} of account {account} looks like {twin}, which is another name. Suspend it if it is to deceive."
    ),
    "finding.check-fault": (
        "A check of {name:shown} met a fault of ours; the log has it as check.fault or check.not_recorded."
    ),
}
