"""The words for names, for whoever keeps them, and for what visitors meet."""

from __future__ import annotations

from webapp.help_pages.term import Term

TERMS = (
    Term(
        "domain",
        "Domain",
        "What is a domain?",
        (
            "A domain is a name that you rent from a registrar, such as acme.com.",
            "You may make as many names below it as you like, and each can lead somewhere else.",
        ),
        "If you own acme.com, you can use chat.acme.com without buying anything.",
    ),
    Term(
        "registrar",
        "Registrar",
        "What is a registrar?",
        (
            "The registrar is the company where you bought your domain and renew it every year.",
            "It also keeps the list of name servers that are responsible for your domain.",
        ),
        "You bought acme.com at GoDaddy: GoDaddy is its registrar, even if your DNS is at Cloudflare.",
    ),
    Term(
        "dns",
        "DNS",
        "What is DNS?",
        (
            "DNS is the address book of the Internet: it says where a name leads.",
            "Everybody keeps the entries for their own domain, and everybody else can look them up.",
        ),
        "A browser asks DNS for chat.acme.com and gets the address to connect to.",
    ),
    Term(
        "dns-provider",
        "DNS provider",
        "What is a DNS provider?",
        (
            "The DNS provider is the company that keeps the DNS records of your domain and answers for them.",
            "It is often the registrar, but not always.",
        ),
        "To find out who yours is, look up the name servers of your domain: kim.ns.cloudflare.com is Cloudflare.",
    ),
    Term(
        "name-server",
        "Name server",
        "What is a name server?",
        (
            "A name server is a computer that answers questions about names, such as where one leads.",
            "You enter four of ours, so that questions about this one name come to us.",
        ),
        "ns-1527.awsdns-62.org is the name of a name server.",
    ),
    Term(
        "zone",
        "Zone",
        "What is a zone?",
        (
            "A zone is the set of records that one DNS provider keeps for a domain.",
            "For your name we keep a small zone of our own, and your domain’s zone only points to it.",
        ),
        "The zone acme.com has the records of www.acme.com and of your mail.",
    ),
    Term(
        "parent-zone",
        "Parent zone",
        "What is a parent zone?",
        (
            "The parent zone is the zone right above a name, where the records that lead to it are kept.",
            "It is the place where you add what we show you.",
        ),
        "The parent zone of chat.acme.com is acme.com.",
    ),
    Term(
        "delegation",
        "Delegation",
        "What is a delegation?",
        (
            "To delegate a name is to say by NS records that other name servers answer for it.",
            "Only that one name is led to them, and the rest of your domain stays as it is.",
        ),
        "With our four NS records, chat.acme.com is delegated to us; www.acme.com is not.",
    ),
    Term(
        "apex",
        "Whole domain (apex)",
        "What is the apex?",
        (
            "The apex is the domain itself, without anything before it.",
            "It carries your web site and your mail, and cannot have a CNAME record.",
        ),
        "acme.com is an apex; chat.acme.com is not. Providers show it as “@”.",
    ),
    Term(
        "resolver",
        "Resolver",
        "What is a resolver?",
        (
            "A resolver looks names up for you and remembers the answers for a while.",
            "Your Internet provider runs one, and there are public ones.",
        ),
        "1.1.1.1 and 8.8.8.8 are public resolvers.",
    ),
    Term(
        "a-label",
        "A-label (Punycode)",
        "What is an A-label?",
        (
            "DNS knows only a few letters, so that names with others are also written in a second form, the A-label.",
            "Both are the same name, and some providers want the second form.",
        ),
        "чат.acme.com is xn--80a0bn.acme.com.",
    ),
    Term(
        "certificate",
        "Certificate",
        "What is a certificate?",
        (
            "A certificate lets browsers show the lock: it says that the server at a name is the right one.",
            "We get one for your name and renew it; you pay nothing and install nothing.",
        ),
        "A certificate for chat.acme.com is valid for some months, and is renewed before it ends.",
    ),
    Term(
        "edge",
        "Edge",
        "What is the edge?",
        (
            "The edge is the set of servers that your visitors connect to.",
            "They accept your name as soon as it is verified, and pass each visit on to your LLM client.",
        ),
        "A visitor of chat.acme.com connects to the edge and reads what your assistant answers.",
    ),
    Term(
        "llm-client",
        "LLM client",
        "What is an LLM client?",
        (
            "An LLM client is what your visitors talk to: an assistant, a chat bot or an API for functions.",
            "Each has a long address of the platform, and can have one name of yours.",
        ),
        "“Sales assistant” answers at chat.acme.com.",
    ),
    Term(
        "dig",
        "dig",
        "What is dig?",
        (
            "dig is a program that asks DNS a question and prints the answer.",
            "It is on every Mac and most Linux machines; on Windows nslookup does much the same.",
        ),
        "dig NS chat.acme.com @kim.ns.cloudflare.com",
    ),
)
