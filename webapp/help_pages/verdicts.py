"""What each verdict means, what its reader does, and how they see the same with `dig`. One page for each.

A page is about no name in particular, so that all of them speak of `chat.acme.com`. Who acts comes from the facts of
the verdict. Those about delegations stand here, those about records in the name's own zone in `verdicts_of_records`.
"""

from __future__ import annotations

from collections.abc import Mapping

from webapp.dns.delegation import Verdict
from webapp.help_pages.verdict import CHECK, LOOK_AT_NS, LOOK_AT_PARENT, Look, VerdictHelp
from webapp.help_pages.verdicts_of_records import OF_RECORDS

_OF_DELEGATIONS: Mapping[Verdict, VerdictHelp] = {
    Verdict.ZONE_PENDING: VerdictHelp(
        "Our side is not ready yet",
        "We are still preparing the name servers for your name.",
        "Records that you add now may not be answered yet, and nothing is wrong with them.",
        ("Wait about a minute.", "Load the page of your domain again."),
        (),
    ),
    Verdict.PARENT_UNREACHABLE: VerdictHelp(
        "We could not ask your DNS provider",
        "Too few of your DNS provider’s servers answered us.",
        "This says nothing about your records, so that what was known before still counts.",
        (
            "Do nothing: we ask again by ourselves.",
            "If the page of your domain says that the cause is at your provider, tell its support.",
        ),
        (Look("dig NS acme.com", "the name servers of your domain; each of them should answer."), LOOK_AT_NS),
        words=("dns-provider", "name-server"),
        words_by_reason={"parent-bogus": ("ds-record", "dnssec", "registrar")},
    ),
    Verdict.ALIAS_ABOVE: VerdictHelp(
        "A name above yours redirects everything",
        "A CNAME or DNAME record above your name sends all questions elsewhere.",
        "As long as it is there, nobody sees the records of your name.",
        (
            "Find the record that the page of your domain names.",
            "Delete it if nothing else needs it. Else register another name that is not below it.",
            CHECK,
        ),
        (
            Look(
                "dig CNAME shop.acme.com",
                "the record that redirects; for chat.shop.acme.com there must be none.",
            ),
        ),
        words=("cname-record",),
    ),
    Verdict.PARENT_INCONSISTENT: VerdictHelp(
        "Your provider’s servers give different answers",
        "Some of your DNS provider’s servers know the new records, and others do not.",
        "This is usual for some minutes after a change, and settles by itself.",
        (
            "Wait: we ask again by ourselves.",
            "If it lasts longer than a day, ask your DNS provider to bring all its servers up to date.",
        ),
        (
            Look("dig NS acme.com", "the servers of your domain."),
            Look(
                "dig NS chat.acme.com @ns1.provider.example +norecurse",
                "one server’s answer; ask each of them.",
            ),
        ),
        words=("name-server", "ttl"),
    ),
    Verdict.RECORD_IN_THE_WAY: VerdictHelp(
        "Another record has the same name",
        "Your name has records of another type, such as A, CNAME or TXT.",
        "A name is either led to our name servers or has records of its own, and not both.",
        (
            "See whether something still uses these records: a site at this name, or its mail.",
            "Delete them at your DNS provider.",
            "Add the records that the page of your domain shows.",
            CHECK,
        ),
        (
            Look("dig A chat.acme.com @ns1.provider.example +norecurse", "an address, which must be gone."),
            LOOK_AT_PARENT,
        ),
        words=("record", "address-record"),
        words_by_reason={"own-zone": ("zone",), "alias-there": ("record", "cname-record")},
    ),
    Verdict.MISPLACED: VerdictHelp(
        "The records have the wrong name",
        "Our name servers are at your provider, but for another name than yours.",
        "Often the provider has added your domain a second time to what was typed.",
        (
            "Delete the NS records with the wrong name. The page of your domain says which.",
            "Add them again. For chat.acme.com type only “chat” as the name.",
            CHECK,
        ),
        (
            Look("dig NS chat.acme.com.acme.com", "our name servers at the wrong name; there must be none."),
            LOOK_AT_PARENT,
        ),
    ),
    Verdict.NOT_DELEGATED: VerdictHelp(
        "No NS records yet",
        "Your DNS provider has no NS records for your name.",
        "Until it has, nobody who asks for the name is sent to us.",
        (
            "Sign in where your domain’s DNS is managed.",
            "Add the four NS records that the page of your domain shows.",
            CHECK,
        ),
        (LOOK_AT_PARENT,),
    ),
    Verdict.OLD_NAME_SERVERS: VerdictHelp(
        "These are name servers of an earlier registration",
        "The NS records name servers that belonged to an earlier registration of this name.",
        "They are not yours any more, and somebody else might get them.",
        (
            "Edit the NS records at your DNS provider.",
            "Put the four values there that the page of your domain shows now.",
            CHECK,
        ),
        (LOOK_AT_PARENT,),
    ),
    Verdict.NS_MISTYPED: VerdictHelp(
        "A value is mistyped",
        "A value looks like one of ours, but is not quite the same.",
        "A letter may be missing, or your provider has added your domain to the end of it.",
        (
            "Find the record with the wrong value. The page of your domain shows it.",
            "Edit it: copy the right value from the page, and end it with a dot if your domain was added.",
            CHECK,
        ),
        (LOOK_AT_PARENT,),
    ),
    Verdict.DELEGATED_ELSEWHERE: VerdictHelp(
        "The name is led to other name servers",
        "Your name has NS records, and none of them is one of ours.",
        "Whoever runs those servers decides what the name shows.",
        (
            "See who needs the present NS records. They may be left over from an earlier service.",
            "Replace their values with the four that the page of your domain shows.",
            CHECK,
        ),
        (LOOK_AT_PARENT,),
    ),
    Verdict.DELEGATION_MIXED: VerdictHelp(
        "Other name servers stand beside ours",
        "Besides our name servers, the name has NS records that lead elsewhere.",
        "A part of your visitors would be sent there.",
        (
            "Delete the NS records that are not ours. The page of your domain lists them.",
            "Add those of ours that are missing, if any.",
            CHECK,
        ),
        (LOOK_AT_PARENT,),
    ),
    Verdict.DELEGATION_PARTIAL: VerdictHelp(
        "Some of the four are missing",
        "Some of our four name servers are there, and others are missing.",
        "All four are needed, so that the name works while one of them does not.",
        (
            "Add the NS records that the page of your domain marks as missing.",
            "Leave the right ones as they are.",
            CHECK,
        ),
        (LOOK_AT_PARENT,),
    ),
    Verdict.ZONE_NOT_SERVED: VerdictHelp(
        "Your records are right, our servers are not ready",
        "Your records are right, and our name servers do not answer yet.",
        "The cause is on our side.",
        ("Leave your records as they are.", "Wait: we ask again by ourselves."),
        (
            Look(
                "dig SOA chat.acme.com @ns-1527.awsdns-62.org +norecurse",
                "an answer as soon as we are ready.",
            ),
        ),
    ),
    Verdict.STALE_DS: VerdictHelp(
        "A DS record is left over",
        "A DS record says that the zone of your name is signed, wrongly.",
        "Many resolvers refuse the name for that, so that some visitors cannot reach it.",
        (
            "At your DNS provider find the record of type DS with the name of your domain’s page, such as “chat”.",
            "Delete that one. Leave the DS record of the domain itself alone.",
            CHECK,
        ),
        (Look("dig DS chat.acme.com +short", "the left-over record; there must be no answer."),),
        words=("ds-record", "dnssec"),
    ),
    Verdict.VERIFIED: VerdictHelp(
        "Verified",
        "Your DNS provider has exactly our records for this name.",
        "The name is yours to use here, and we check it again from time to time.",
        ("Leave the records in place.",),
        (LOOK_AT_PARENT,),
    ),
    Verdict.RESOLVE_BROKEN: VerdictHelp(
        "Right at the source, but some cannot resolve it",
        "Your records are right, and some public resolvers still cannot find the name.",
        "With DNSSEC a signature in your domain’s zone may not fit.",
        (
            "Wait an hour: most such faults end by themselves.",
            "If it lasts, ask your DNS provider to look at DNSSEC for your domain.",
        ),
        (
            Look(
                "dig A chat.acme.com @8.8.8.8",
                "status NOERROR; SERVFAIL means that the resolver refuses the name.",
            ),
        ),
        words=("resolver", "dnssec"),
    ),
    Verdict.PROPAGATING: VerdictHelp(
        "Some still see the old answer",
        "Your records are right, and some resolvers still remember what was there before.",
        "They forget it when its TTL is over.",
        ("Do nothing. The page of your domain says until when it can last.",),
        (Look("dig NS chat.acme.com @8.8.8.8", "the answer that is remembered, and for how many seconds."),),
        words=("resolver", "ttl"),
    ),
}

VERDICTS: Mapping[Verdict, VerdictHelp] = {**_OF_DELEGATIONS, **OF_RECORDS}
