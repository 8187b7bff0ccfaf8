"""The words for records and what stands in them."""

from __future__ import annotations

from webapp.help_pages.term import Term

TERMS = (
    Term(
        "record",
        "DNS record",
        "What is a DNS record?",
        (
            "A record is one entry in DNS: a name, a type and a value.",
            "You add it in a form at your DNS provider, as you would add a line to a table.",
        ),
        "Name: chat · Type: NS · Value: ns-1527.awsdns-62.org",
    ),
    Term(
        "record-name",
        "Name of a record (Host)",
        "What is the name of a record?",
        (
            "The name says which part of your domain the record is about; some providers call the field Host.",
            "Most providers add your domain to what you type, so that you type only the part before it.",
        ),
        "For chat.acme.com type “chat”. If you type all of it, some make chat.acme.com.acme.com.",
    ),
    Term(
        "ns-record",
        "NS record",
        "What is an NS record?",
        (
            "An NS record says which name server answers for a name; NS stands for name server.",
            "Four of them for one name mean that any of the four servers may be asked.",
        ),
        "chat.acme.com. 3600 IN NS ns-1527.awsdns-62.org.",
    ),
    Term(
        "txt-record",
        "TXT record",
        "What is a TXT record?",
        (
            "A TXT record holds a text that programs can look up.",
            "We ask for one with a text that only you were told, which shows that the domain is yours.",
        ),
        '{label}.chat.acme.com. IN TXT "4f7c…"',
    ),
    Term(
        "cname-record",
        "CNAME record",
        "What is a CNAME record?",
        (
            "A CNAME record says that a name is another name for something else.",
            "A name with a CNAME record can have no other records, so that old ones have to go first.",
        ),
        "chat.acme.com. IN CNAME k3x9.edge.example.",
    ),
    Term(
        "address-record",
        "A and AAAA records",
        "What are A and AAAA records?",
        (
            "An A record gives the address of the computer that serves a name, an AAAA record a longer one.",
            "They are what visitors’ browsers look for in the end.",
        ),
        "www.acme.com. IN A 203.0.113.7",
    ),
    Term(
        "mx-record",
        "MX record",
        "What is an MX record?",
        (
            "An MX record says which computer takes the e-mail for a name.",
            "Never delete one without knowing whose mail it is.",
        ),
        "acme.com. IN MX 10 mail.acme.com.",
    ),
    Term(
        "ttl",
        "TTL",
        "What is a TTL?",
        (
            "The TTL says for how many seconds others may remember an answer before they ask again.",
            "After a change some people see the old answer for that long.",
        ),
        "A TTL of 3600 is an hour. If you may choose, take 3600 or “automatic”.",
    ),
    Term(
        "dnssec",
        "DNSSEC",
        "What is DNSSEC?",
        (
            "DNSSEC signs the records of a zone, so that nobody on the way can change them.",
            "Resolvers that check these signatures, the validating ones, refuse a name whose signatures do not fit.",
        ),
        "If acme.com is signed, your provider shows “DNSSEC: on”. You need not change that for us.",
    ),
    Term(
        "ds-record",
        "DS record",
        "What is a DS record?",
        (
            "A DS record in the parent zone says that the zone below it is signed, and by which key.",
            "One that is left over from earlier makes many people unable to reach the name.",
        ),
        "Delete the DS record named “chat”, never the one of acme.com itself.",
    ),
    Term(
        "caa-record",
        "CAA record",
        "What is a CAA record?",
        (
            "A CAA record says which companies may issue certificates for a domain.",
            "Without one every company may; with one that leaves ours out, your name gets no certificate.",
        ),
        'acme.com. IN CAA 0 issue "amazon.com"',
    ),
)
