"""What the verdicts on records in the name's own zone mean: the TXT record, and where the name leads."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.dns.delegation import Verdict
from webapp.help_pages.verdict import CHECK, Look, VerdictHelp

_LOOK_AT_TOKEN = Look(
    "dig TXT {label}.chat.acme.com +short",
    "the text of the TXT record, which must be the one on the page of your domain.",
)
_LOOK_AT_TARGET = Look(
    "dig CNAME chat.acme.com +short",
    "where the name leads, which must be the target on the page of your domain.",
)

OF_RECORDS: Mapping[Verdict, VerdictHelp] = {
    Verdict.TOKEN_MISPLACED: VerdictHelp(
        "The TXT record has the wrong name",
        "Our TXT record is at your provider, but under another name.",
        "Often the provider has added your domain a second time to what was typed.",
        (
            "Delete the TXT record with the wrong name. The page of your domain says which.",
            "Add it again with the name from the page, without your domain at its end.",
            CHECK,
        ),
        (_LOOK_AT_TOKEN,),
    ),
    Verdict.TOKEN_EXPIRED: VerdictHelp(
        "The TXT record is of an earlier registration",
        "The text of the TXT record belongs to an earlier registration of this name.",
        "Each registration has a text of its own.",
        ("Edit the TXT record, and put the text there that the page of your domain shows now.", CHECK),
        (_LOOK_AT_TOKEN,),
    ),
    Verdict.TOKEN_MISMATCH: VerdictHelp(
        "The text of the TXT record is wrong",
        "There is a TXT record with the right name and another text.",
        "A letter may be missing, or it may be the text of another name.",
        ("Edit the TXT record: copy the text from the page of your domain.", CHECK),
        (_LOOK_AT_TOKEN,),
    ),
    Verdict.TOKEN_MISSING: VerdictHelp(
        "No TXT record yet",
        "Your DNS provider does not have our TXT record.",
        "It is what shows that the domain is yours.",
        (
            "Sign in where your domain’s DNS is managed.",
            "Add the TXT record that the page of your domain shows.",
            CHECK,
        ),
        (_LOOK_AT_TOKEN,),
    ),
    Verdict.CNAME_LOOP: VerdictHelp(
        "The CNAME records lead in a circle",
        "The CNAME record of your name leads back to itself, or through too many names.",
        "Nobody can follow it to the end.",
        ("Point the CNAME record straight to the target that the page of your domain shows.", CHECK),
        (_LOOK_AT_TARGET,),
    ),
    Verdict.CNAME_MISTYPED: VerdictHelp(
        "The record that leads to us is mistyped",
        "The TXT record is right, and what leads your name to us is mistyped.",
        "Often the final dot of a CNAME record is missing, so that the provider adds your domain to it.",
        (
            "Find the record that the page of your domain names at your DNS provider, and correct it.",
            "Copy each value from the page of your domain, and paste it there.",
            CHECK,
        ),
        (_LOOK_AT_TARGET,),
    ),
    Verdict.CNAME_FLATTENED: VerdictHelp(
        "Addresses stand in the place of our record",
        "The name answers with addresses, where our CNAME record should be.",
        "They are those of another site, or a proxy or the provider hides the CNAME record behind its own.",
        (
            "When you want to switch, delete the A and AAAA records of the other site, and add our CNAME record.",
            "Where it is there already, switch its proxy off. At Cloudflare choose “DNS only”, the grey cloud.",
            CHECK,
        ),
        (_LOOK_AT_TARGET,),
    ),
    Verdict.CNAME_WRONG: VerdictHelp(
        "The name leads somewhere else",
        "The TXT record is right, and the name still leads elsewhere.",
        "It is reserved for you meanwhile, and what answers there goes on.",
        (
            "When you want to switch, point the CNAME record to the target on the page of your domain.",
            CHECK,
        ),
        (_LOOK_AT_TARGET,),
    ),
    Verdict.CNAME_MISSING: VerdictHelp(
        "Reserved: switch when you like",
        "The TXT record is right, and the name does not lead to us.",
        "It is reserved for you, so that nobody else can use it here.",
        ("When you want to switch, add the CNAME record that the page of your domain shows.", CHECK),
        (_LOOK_AT_TARGET,),
    ),
    Verdict.VALIDATION_MISSING: VerdictHelp(
        "The record for the certificate is missing",
        "The CNAME record that the certificate needs is not there.",
        "Without it no certificate is issued, nor renewed later.",
        (
            "Add the CNAME record that the page of your domain shows under “Certificate”, and leave it there.",
            CHECK,
        ),
        (Look("dig CNAME _4f7c….chat.acme.com +short", "a name that ends with acm-validations.aws."),),
    ),
}
