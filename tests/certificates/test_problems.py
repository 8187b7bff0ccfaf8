"""Every problem has a sentence, a next step and somebody who acts, and is told with the facts of its moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from webapp.certificates import problems
from webapp.certificates.problems import Failure
from webapp.dns.caa import CaaJudgement, CaaObservation, CaaVerdict, judge
from webapp.messages.catalogue import sentence
from webapp.messages.sentences import certificates as messages
from webapp.messages.sentences.certificates import EXPLANATIONS, AwsTrouble, Happened, Problem, next_step
from webapp.models import Message

NAME = "a.acme.com"
END = datetime(2027, 6, 9, tzinfo=UTC)
ADD = 'Add a CAA record at acme.com with the value 0 issue "amazon.com".'
ASK_AGAIN = "Nothing for you to do: we ask Amazon again."
CONTACT = "Contact us; we take it up with Amazon."


def caa(*values: str, outcome: str = "NOERROR") -> CaaJudgement:
    return judge(CaaObservation(NAME, "acme.com", values, 300, outcome))


OTHERS = caa('0 issue "letsencrypt.org"', '0 issue "digicert.com"')
SILENT = caa(outcome="SERVFAIL")


def failed(reason: str, found: CaaJudgement | None = None) -> Message:
    return problems.failed(NAME, reason, found).problem


def of(failure: Failure | None) -> Message:
    assert failure is not None
    return failure.problem


def renewal(why: str | None = None, found: CaaJudgement | None = None, **values: Any) -> Message:
    return problems.renewal(NAME, values.pop("until", END), why, found, **{"in_use": True, **values})


#: problem -> the message, its sentence, the next step, who acts, whether it is final.
TOLD: dict[Problem, tuple[Message, str, str, str, bool]] = {
    Problem.CAA_CRITICAL: (
        of(problems.forbidden(caa('128 dnt "x"'))),
        "The CAA record at acme.com has the critical property “dnt”, which no certificate authority may pass over.",
        "Take the critical flag (128) off the CAA record “dnt” at acme.com.",
        "you",
        False,
    ),
    Problem.CAA_RESTRICTED: (
        of(problems.forbidden(OTHERS)),
        "The CAA record at acme.com allows only digicert.com, letsencrypt.org; add amazon.com.",
        ADD,
        "you",
        False,
    ),
    Problem.TOO_LONG: (
        of(problems.unsuitable(f"{'a' * 56}.acme.com")),
        f"{'a' * 56}.acme.com has 65 characters, and Amazon issues certificates for names of up to 64 only.",
        "Register a shorter name.",
        "you",
        True,
    ),
    Problem.UNDERSCORE: (
        of(problems.unsuitable("a_b.acme.com")),
        "a_b.acme.com contains an underscore, and no certificate authority issues for such a name.",
        "Register a-b.acme.com instead.",
        "you",
        True,
    ),
    Problem.REFUSED: (
        of(problems.refused(NAME, "ValidationException", "{host} is no host.")),
        "Amazon does not accept a request for a.acme.com: {host} is no host.",
        "Contact us.",
        "we",
        True,
    ),
    Problem.GONE: (
        of(problems.vanished(NAME)),
        "The certificate for a.acme.com was deleted at Amazon, and not by us.",
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.CAA_ERROR: (
        failed("CAA_ERROR", caa('0 issue "amazon.com"')),
        "Amazon found a CAA record that forbids a certificate for a.acme.com. We see none that does so now.",
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.CAA_ERROR_UNKNOWN: (
        failed("CAA_ERROR", SILENT),
        (
            "Amazon found a CAA record that forbids a certificate for a.acme.com. We could not ask for the CAA "
            "records at acme.com (SERVFAIL), and no certificate authority issues before it could."
        ),
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.TIMED_OUT: (
        failed("VALIDATION_TIMED_OUT"),
        "Amazon did not find our validation record for a.acme.com within 72 hours.",
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.BY_HAND: (
        failed("ADDITIONAL_VERIFICATION_REQUIRED"),
        "Amazon wants to look at a.acme.com by hand before it issues a certificate.",
        CONTACT,
        "we",
        True,
    ),
    Problem.NOT_ALLOWED: (
        failed("DOMAIN_NOT_ALLOWED"),
        "Amazon issues no certificate for a.acme.com: the name was reported as unsafe.",
        "If it is safe, have it taken off the lists of unsafe names, then contact us.",
        "you",
        True,
    ),
    Problem.DENIED: (
        failed("DOMAIN_VALIDATION_DENIED"),
        "Amazon did not accept that a.acme.com is ours to validate.",
        CONTACT,
        "we",
        True,
    ),
    Problem.NOT_PUBLIC: (
        failed("INVALID_PUBLIC_DOMAIN"),
        "Amazon does not take a.acme.com for a name of the public DNS.",
        "Register a name below a public suffix.",
        "you",
        True,
    ),
    Problem.NO_REASON: (
        failed("OTHER", SILENT),
        "Amazon could not issue the certificate for a.acme.com and gives no reason.",
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.OTHER_REASON: (
        failed("PCA_LIMIT_EXCEEDED"),
        "Amazon could not issue the certificate for a.acme.com (PCA_LIMIT_EXCEEDED).",
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.EXPIRED: (
        failed("EXPIRED"),
        "The certificate for a.acme.com ran out before it was renewed.",
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.REVOKED: (
        failed("REVOKED"),
        "The certificate for a.acme.com was revoked.",
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.INACTIVE: (
        failed("INACTIVE"),
        "The certificate for a.acme.com is not in use any more at Amazon.",
        ASK_AGAIN,
        "nobody",
        False,
    ),
    Problem.RENEWAL_FORBIDDEN: (
        renewal("FAILED", OTHERS),
        (
            "The certificate for a.acme.com cannot be renewed. The CAA record at acme.com allows only digicert.com, "
            "letsencrypt.org; add amazon.com. It works until 9 June 2027."
        ),
        ADD,
        "you",
        False,
    ),
    Problem.RENEWAL_UNUSED: (
        renewal(in_use=False),
        "The certificate for a.acme.com has not been renewed yet. It works until 9 June 2027.",
        "Attach it to the edge: Amazon renews only what is in use.",
        "we",
        False,
    ),
    Problem.RENEWAL_LATE: (
        renewal("PENDING_VALIDATION", SILENT),
        "The certificate for a.acme.com has not been renewed yet (PENDING_VALIDATION). It works until 9 June 2027.",
        "We are looking into it; leave your records in place.",
        "we",
        False,
    ),
    Problem.RECORD_MISSING: (
        of(problems.record_missing(NAME, ("_a1.a.acme.com", "_b2.acm.aws"))),
        "Amazon does not find the CNAME record that the certificate for a.acme.com needs.",
        "Add a CNAME record _a1.a.acme.com with the value _b2.acm.aws at your DNS provider, and leave it there.",
        "you",
        False,
    ),
    Problem.LEGACY_YOU: (
        Message("legacy.you", {"sentence": "CAA forbids it.", "next_step": ADD}),
        "CAA forbids it.",
        ADD,
        "you",
        False,
    ),
    Problem.LEGACY_NOBODY: (
        Message("legacy.nobody", {"sentence": "It timed out.", "next_step": "Nothing for you to do."}),
        "It timed out.",
        "Nothing for you to do.",
        "nobody",
        False,
    ),
}


def test_no_problem_is_without_an_explanation() -> None:
    assert set(EXPLANATIONS) == set(Problem) == set(TOLD)


def test_no_code_is_without_a_sentence() -> None:
    assert set(messages.SENTENCES) == {*Problem, *AwsTrouble, *Happened}


@pytest.mark.parametrize("problem", list(Problem))
def test_problem_is_told_with_its_facts(problem: Problem) -> None:
    message, said, step, who, final = TOLD[problem]
    explanation = EXPLANATIONS[problem]
    assert message.code == problem.value
    assert (sentence(message), next_step(message)) == (said, step)
    assert (explanation.who_acts, explanation.final) == (who, final)


@pytest.mark.parametrize("problem", list(Problem))
def test_event_and_notification_say_what_is_wrong_and_what_to_do(problem: Problem) -> None:
    message, said, step, _, _ = TOLD[problem]
    params = {"name": NAME, "problem": message.as_param()}
    for code in (Happened.FAILED, Happened.NOT_RENEWED, "notification.certificate-trouble"):
        assert sentence(Message(str(code), params)) == f"{said} {step}"
    assert sentence(Message(Happened.ENDED.value, params)) == said


@pytest.mark.parametrize("code", [Happened.FAILED, Happened.NOT_RENEWED, "notification.certificate-trouble"])
def test_event_names_whom_to_write_to_where_its_release_knew(code: str) -> None:
    message = of(problems.refused(NAME, "InvalidDomain", "No."))
    known = {"name": NAME, "problem": message.as_param(), "contact": "help@platform.example"}
    assert sentence(Message(str(code), known)).endswith("Contact help@platform.example.")


def test_record_that_allows_nobody_is_said_to() -> None:
    message = of(problems.forbidden(caa('0 issue ";"')))
    assert sentence(message) == "The CAA record at acme.com allows no certificate authority; add amazon.com."


def test_end_that_amazon_does_not_tell_is_left_out() -> None:
    message = renewal(until=None)
    assert sentence(message) == "The certificate for a.acme.com has not been renewed yet."


def test_record_that_forbids_it_comes_before_whatever_amazon_says() -> None:
    failure = problems.failed(NAME, "DOMAIN_NOT_ALLOWED", OTHERS)
    assert (failure.reason, failure.problem.code) == ("DOMAIN_NOT_ALLOWED", Problem.CAA_RESTRICTED)


def test_what_allows_it_cannot_forbid_it() -> None:
    with pytest.raises(ValueError, match="no obstacle"):
        problems.forbidden(CaaJudgement(CaaVerdict.ALLOWED))


def test_names_that_a_certificate_can_have_are_suitable() -> None:
    assert problems.unsuitable(f"{'a' * 55}.acme.com") is None


def test_final_reasons_are_those_of_final_problems() -> None:
    assert {
        "ADDITIONAL_VERIFICATION_REQUIRED",
        "DOMAIN_NOT_ALLOWED",
        "DOMAIN_VALIDATION_DENIED",
        "HOST_TOO_LONG",
        "INVALID_PUBLIC_DOMAIN",
        "UNDERSCORE",
    } == problems.FINAL_REASONS


@pytest.mark.parametrize(
    ("happened", "params", "said"),
    [
        (Happened.REQUESTED, {}, "We asked Amazon for a certificate for a.acme.com."),
        (
            Happened.ISSUED,
            {"until": END.isoformat()},
            "The certificate for a.acme.com was issued. It is valid until 9 June 2027 and renews by itself.",
        ),
        (
            Happened.ISSUED,
            {"until": None},
            "The certificate for a.acme.com was issued. It is valid and renews by itself.",
        ),
        (
            Happened.RENEWED,
            {"until": END.isoformat()},
            "The certificate for a.acme.com was renewed. It is valid until 9 June 2027.",
        ),
        (
            Happened.TROUBLE,
            {"problem": {"code": AwsTrouble.STILL_ATTACHED.value, "params": {"said": "in use"}}},
            (
                "There was trouble on our side with the certificate for a.acme.com: The certificate is still "
                "attached to something at AWS. Detach it there. (in use)"
            ),
        ),
        (Happened.DELETED, {}, "The certificate for a.acme.com was deleted."),
        (Happened.RETRIED, {}, "Another try at the certificate for a.acme.com was requested."),
        (
            Happened.NOT_TRIED_AGAIN,
            {},
            "We do not ask for a certificate for a.acme.com again before staff have checked it.",
        ),
        (
            Happened.NO_RECORD_YET,
            {},
            "Amazon has not told us yet which record is to prove the name. We keep asking.",
        ),
    ],
)
def test_history_says_what_happened(happened: Happened, params: dict[str, Any], said: str) -> None:
    assert sentence(Message(happened.value, {"name": NAME, **params})) == said
