"""Every setting with values that nobody means, and names that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.config.settings import ConfigurationError, Settings, load_settings
from webapp.health.doctor import internal
from webapp.health.doctor.diagnosis import Health

KEY = "the-key-of-this-test-9f3c5"
PASSWORD = "nobody-else-knows-this"
NONSENSE = (
    "nonsense \x07",
    "%",
    "http://[",
    "-5",
    "-0.5",
    "999999999999",
    "1e400",
    "inf",
    "-inf",
    "nan",
    "None",
)
#: What a value is that is no nonsense for this setting, since it may be anything.
FREE = {
    # Checked by its strength; a fallback is only compared, and doctor names one that is weak.
    "secret_key_fallbacks": set(NONSENSE),
    "installation_id": {"-5", "999999999999", "inf", "-inf", "nan", "None", "1e400"},
    # Names of suffixes: doctor says that the first of them is not reserved.
    "extra_suffixes_allowed": {"inf", "nan", "None", "1e400"},
}


def named(name: str, value: str) -> str:
    """What the start, or else the doctor, says of it; nothing if neither minds."""
    try:
        settings = load_settings(secret_key=KEY, **{name: value})
    except ConfigurationError as err:
        return str(err)
    before = load_settings(secret_key=KEY)
    found, usual = internal.settings_health(settings), internal.settings_health(before)
    assert found.health is Health.WRONG
    return "\n".join(set(found.sentence.splitlines()) - set(usual.sentence.splitlines()))


@pytest.mark.parametrize("name", [name for name in Settings.model_fields if name != "secret_key"])
def test_nonsense_is_named_by_the_start_or_by_the_doctor(name: str) -> None:
    missed = [value for value in NONSENSE if name.upper() not in named(name, value)]
    assert set(missed) <= FREE.get(name, set())


@pytest.mark.parametrize("name", Settings.model_fields)
def test_empty_value_is_the_default_or_named(name: str) -> None:
    if Settings.model_fields[name].default in ("", []):
        assert not getattr(load_settings(**{"secret_key": KEY, name: ""}), name)
        return
    for empty in ("", "  "):
        with pytest.raises(ConfigurationError) as raised:
            load_settings(**{"secret_key": KEY, name: empty})
        assert str(raised.value) == f"{name.upper()}: it is empty; write a value, or leave the line out."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", f"postgresql+asyncpg://nameplate:{PASSWORD}@db/nameplate"),
        ("database_url", f"postgresql://nameplate:{PASSWORD}@db:99999/nameplate"),
        ("database_url", f"postgres ql://nameplate:{PASSWORD}@db/nameplate"),
        ("redis_url", f"redis://:{PASSWORD}@"),
        ("redis_url", f"redis+socket://:{PASSWORD}@cache"),
        ("mail_url", f"smtp://robot:{PASSWORD}@mail.acme.net:0"),
        ("mail_url", f"smtp://robot:{PASSWORD}@[mail"),
        ("mail_url", "file:"),
        ("public_url", f"https://{PASSWORD}@nameplate.acme.net"),
        ("public_url", "https://nameplate.acme.net/nameplate"),
        ("public_url", "https://nameplate.acme.net?a=b"),
        ("metrics_token", f"{PASSWORD} {PASSWORD}"),
        ("edge_token", PASSWORD[:9]),
        ("secret_key", PASSWORD[:9]),
        ("port", PASSWORD),
        ("grace_days", PASSWORD),
        ("log_format", PASSWORD),
        ("installation_id", f"{PASSWORD}!"),
        ("mail_from", f"{PASSWORD}\r\nBcc: everybody@acme.net"),
        ("mail_from", "one@acme.net, other@acme.net"),
        ("mail_from", "nameplate@acme..net"),
    ],
)
def test_what_is_refused_is_named_without_its_secret(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_settings(**{"secret_key": KEY, name: value})
    said = str(raised.value)
    assert said.startswith((f"{name.upper()}: it ", f"{name.upper()}: its port must"))
    assert said.endswith(".")
    assert "\n" not in said
    assert PASSWORD[:9] not in said


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("platform_domain", "Platform.Example.", "platform.example"),
        ("platform_domain", "plattform-köln.example", "xn--plattform-kln-smb.example"),
        ("mail_from", '"Acme, Inc." <nameplate@acme.net>', '"Acme, Inc." <nameplate@acme.net>'),
        ("mail_from", "Nämeplate <nameplate@acme.net>", "Nämeplate <nameplate@acme.net>"),
        ("mail_from", "nameplate@acme.net", "nameplate@acme.net"),
        ("public_url", "HTTPS://nameplate.acme.net:8443/", "https://nameplate.acme.net:8443/"),
        ("database_url", "postgresql+psycopg:///nameplate", "postgresql+psycopg:///nameplate"),
        ("database_url", "sqlite://", "sqlite://"),
        ("reserved_suffixes_allowed", ".TEST., internal", ["test", "internal"]),
        ("pending_days", "36500", 36500),
        ("grace_days", "0", 0.0),
    ],
)
def test_what_is_right_is_kept_in_its_normal_form(name: str, value: str, kept: object) -> None:
    assert getattr(load_settings(**{"secret_key": KEY, name: value}), name) == kept


def test_faults_are_listed_a_line_each() -> None:
    with pytest.raises(ConfigurationError) as raised:
        load_settings(secret_key=KEY, port="http", grace_days="inf", public_url="x", pending_days="999999999")
    names = [line.partition(":")[0] for line in str(raised.value).splitlines()]
    assert names == ["PORT", "PUBLIC_URL", "PENDING_DAYS", "GRACE_DAYS"]
    with pytest.raises(ConfigurationError) as raised:
        load_settings(secret_key="a" * 20, live_check_hours_min="30", redis_url="redis://cache")
    assert len(str(raised.value).splitlines()) == 3


@pytest.fixture
def at_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment with a key alone, and an empty working directory."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("SECRET_KEY", KEY)
    return monkeypatch


def test_misspelt_names_stop_the_start_with_all_other_faults(at_start: pytest.MonkeyPatch) -> None:
    at_start.setenv("DATABSE_URL", f"postgresql://:{PASSWORD}@db/nameplate")
    at_start.setenv("PORT", "http")
    with pytest.raises(ConfigurationError) as raised:
        load_settings()
    assert str(raised.value).splitlines() == [
        "DATABSE_URL is no setting. Did you mean DATABASE_URL?",
        "PORT: it must be a whole number.",
    ]


def test_env_file_that_cannot_be_read_is_named(at_start: pytest.MonkeyPatch) -> None:
    Path(".env").write_bytes("MAIL_FROM=Nämeplate <a@b.example>".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"^\.env cannot be read: "):
        load_settings()


@pytest.mark.parametrize(
    ("given", "contact", "link"),
    [
        ("help@acme.net", "help@acme.net", "mailto:help@acme.net"),
        ("mailto:help@acme.net", "help@acme.net", "mailto:help@acme.net"),
        ("https://acme.net/help", "https://acme.net/help", "https://acme.net/help"),
        ("", "nameplate@localhost", "mailto:nameplate@localhost"),
        # What would begin the headers of the e-mail is a part of the address.
        ("help?bcc=x@acme.net", "help?bcc=x@acme.net", "mailto:help%3Fbcc%3Dx@acme.net"),
    ],
)
def test_contact_is_an_address_or_a_page(given: str, contact: str, link: str) -> None:
    settings = load_settings(secret_key=KEY, support_contact=given)
    assert (settings.contact, settings.contact_link) == (contact, link)


@pytest.mark.parametrize(
    "given",
    [
        "Ann <help@acme.net>",
        "help",
        "help@acme",
        "http://acme.net",
        "https://",
        "ftp://acme.net",
        "a b@acme.net",
        "help@acme.net\r\nBcc: x@acme.net",
        "javascript:alert(1)",
        "https://user:secret@acme.net/help",
        "https://acme.net/our help",
        "https://acme.net/help\r\nX: y",
    ],
)
def test_contact_that_nobody_reaches_is_refused(given: str) -> None:
    with pytest.raises(ConfigurationError, match="SUPPORT_CONTACT: it must be an e-mail address, such as"):
        load_settings(secret_key=KEY, support_contact=given)
