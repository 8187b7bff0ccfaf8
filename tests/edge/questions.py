"""What is asked that names no host: `/edge/ask` and `/edge/route` refuse it with 400."""

MALFORMED = [
    "",
    "?domain=",
    "?domain=localhost",
    "?domain=192.0.2.1",
    "?domain=https://chat.acme.test/",
    "?domain=chat.acme.test:443",
    "?domain=chat..acme.test",
    "?domain=%20chat.acme.test",
    "?domain=chat.acme.test%00",
    "?domain=%ff%fe",
    "?domain=%25",
    "?domain=" + "a" * 64 + ".test",
    "?domain=" + "a." * 130 + "test",
    "?domain=" + "a" * 5000,
    "?domain=chat.acme.test&domain=chat.acme.test",
    "?domain=chat.acme.test&domain=evil.test",
    "?name=chat.acme.test",
    "?DOMAIN=chat.acme.test",
]
