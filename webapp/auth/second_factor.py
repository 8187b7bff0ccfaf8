"""Flask-Security's second factor and passkeys, held to a stricter word.

A one-time code works once. Recovery codes are stored as hashes, so that they can be shown only when they are made.
A passkey may be the device itself, and signs in without a typed name.
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any, NamedTuple, cast

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import MfRecoveryCodesUtil, Totp, UserMixin, WebauthnUtil, tf_profile_changed
from flask_security.utils import check_and_get_token_status
from markupsafe import Markup
from passlib.totp import TOTP, AppWallet  # type: ignore[import-untyped]
from qrcode.main import QRCode  # type: ignore[import-untyped]
from sqlalchemy import select
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from webapp.auth.access import me
from webapp.auth.forms import CodeForm
from webapp.config.keys import TAG_OF_THE_OLDEST
from webapp.extensions import cache, datastore, db, security, settings
from webapp.models import User
from webapp.web.forms import form_page

SETUP_LASTS = timedelta(minutes=30)


class Renewal(NamedTuple):
    """How many keys of apps were encrypted anew; how many were not, because their SECRET_KEY is gone; and how many,
    because nothing says which key they were encrypted with.
    """

    renewed: int = 0
    lost: int = 0
    unsure: int = 0


class UnsureError(Exception):
    """Nothing says which key of ours encrypted this one. Another key would make another key of it, and no fault."""


class OneTimeCodes(Totp):
    """A code that was used is not taken again, nor any before it (RFC 6238, 5.2).

    `secrets` encrypts people's keys in the database, by tag, the newest first. New keys are encrypted with that.
    """

    def __init__(self, secrets: dict[str, str], issuer: str) -> None:
        super().__init__(secrets, issuer)
        wallet = AppWallet(secrets, default_tag=next(iter(secrets)))
        self._totp = TOTP.using(issuer=issuer, wallet=wallet)
        self._only_one_key = len(set(secrets.values())) == 1

    def verify_totp(self, token: str, totp_secret: str, user: UserMixin, window: int = 0) -> bool:
        """False, too, for a key that was encrypted with a SECRET_KEY which is gone."""
        try:
            return bool(super().verify_totp(token, totp_secret, user, window))
        except KeyError:
            return False

    def renewed(self, totp_secret: str) -> str | None:
        """The same key, encrypted with the newest of ours; None when it is already. KeyError when ours is gone.

        The encryption has no check of its own: decrypted with another key it gives other bytes, which nothing tells
        from a person's key. The tag names ours, except in rows from before there were several. These count only
        while a fallback says which key is the oldest; with one key alone it may be a new one.
        """
        if self._only_one_key and _tag(totp_secret) == TAG_OF_THE_OLDEST:
            raise UnsureError
        key = self._totp.from_source(totp_secret)
        return str(key.to_json(encrypt=True)) if key.changed else None

    def get_last_counter(self, user: UserMixin) -> int | None:
        found = cache.get(self._key(user))
        return int(found) if found is not None else None

    def set_last_counter(self, user: UserMixin, tmatch: Any) -> None:
        cache.set(self._key(user), tmatch.counter, timeout=600)

    def _key(self, user: UserMixin) -> str:
        return f"one-time-code:{user.id}"


def _tag(totp_secret: str) -> str:
    return str(json.loads(totp_secret).get("enckey", {}).get("t", ""))


class HashedRecoveryCodes(MfRecoveryCodesUtil):
    """Recovery codes, stored as hashes. They have 48 random bits and tries are limited, so a plain hash is enough."""

    def create_recovery_codes(self, user: UserMixin) -> list[str]:
        codes: list[str] = security.totp_factory.generate_recovery_codes(10)
        datastore.mf_set_recovery_codes(user, [_hashed(code) for code in codes])
        return codes

    def get_recovery_codes(self, _user: UserMixin) -> list[str]:
        """Empty, because only hashes are stored."""
        return []

    def check_recovery_code(self, user: UserMixin, code: str) -> bool:
        return _hashed(code) in datastore.mf_get_recovery_codes(user)

    def delete_recovery_code(self, user: UserMixin, code: str) -> bool:
        place = datastore.mf_get_recovery_codes(user).index(_hashed(code))
        return bool(datastore.mf_delete_recovery_code(user, place))


def _hashed(code: str) -> str:
    """The hash of a code, whether typed with blanks, without hyphens or in capitals."""
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(f"recovery-code:{plain}".encode()).hexdigest()


class Passkeys(WebauthnUtil):
    def authenticator_selection(self, _user: UserMixin, _usage: str) -> AuthenticatorSelectionCriteria:
        return AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.PREFERRED,
        )


def renew_keys() -> Renewal:
    """Encrypt every person's key with the newest SECRET_KEY, so that the older ones can go."""
    codes = cast("OneTimeCodes", security.totp_factory)
    renewed = lost = unsure = 0
    for user in db.session.scalars(select(User).where(User.tf_totp_secret.is_not(None))):
        try:
            secret = codes.renewed(user.tf_totp_secret or "")
        except KeyError:
            lost += 1
            continue
        except UnsureError:
            unsure += 1
            continue
        if secret is not None:
            user.tf_totp_secret, renewed = secret, renewed + 1
    return Renewal(renewed, lost, unsure)


def ends_with_reset(user: User) -> list[str]:
    """What a new password by mail takes with it, in words: whatever somebody else may have added.

    Staff keep their second factor where they need one: a mailbox alone must not open everybody's account.
    """
    passkeys = [f"the passkey “{key.name}”" for key in user.webauthn]
    if not user.tf_primary_method or _stays(user):
        return passkeys
    codes = ["your recovery codes"] if user.mf_recovery_codes else []
    return [*passkeys, "two-factor sign-in", *codes]


def end_with_reset(user: User) -> None:
    for key in list(user.webauthn):
        datastore.delete_webauthn(key)
    if not _stays(user):
        switch_off(user)


def switch_off(user: User) -> None:
    datastore.tf_reset(user)
    datastore.mf_set_recovery_codes(user, None)


def _stays(user: User) -> bool:
    return user.is_staff and settings().staff_need_second_factor


def qr_code(uri: str) -> Markup:
    """A QR code of `uri` as the path of an SVG: one unit for each module, with the quiet zone that scanners need."""
    code = QRCode(border=4)
    code.add_data(uri)
    squares = code.get_matrix()
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(squares) for x, dark in enumerate(row) if dark)
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="QR code"><path d="{1}"/></svg>'
    ).format(len(squares), path)


def setup_page() -> ResponseReturnValue:
    """The page with a new key, as a QR code and as text, that asks for the first code."""
    secret = security.totp_factory.generate_totp_secret()
    token = security.tf_setup_serializer.dumps({"totp_secret": secret, "user": me().fs_uniquifier})
    return _page(CodeForm(formdata=None), secret, token)


def confirm_setup(token: str) -> ResponseReturnValue:
    """Switch two-factor sign-in on if the code is right. After a wrong code the same key is shown again;
    Flask-Security's own view would make a new key, which leaves people with a useless entry in their app.
    """
    expired, wrong, state = check_and_get_token_status(token, "tf_setup", SETUP_LASTS)
    user = me()
    if expired or wrong or state["user"] != user.fs_uniquifier:
        flash("Setting up took too long. Start again, and delete the entry in your app.", "error")
        return redirect(url_for("safety.index"), code=303)
    form = CodeForm()
    form.user, form.is_setup = user, True
    form.tf_totp_secret, form.primary_method = state["totp_secret"], "authenticator"
    if not form.validate_on_submit():
        return _page(form, state["totp_secret"], token)
    datastore.tf_set(user, "authenticator", totp_secret=state["totp_secret"])
    tf_profile_changed.send(current_app._get_current_object(), user=user, method="authenticator")  # type: ignore[attr-defined] # noqa: SLF001
    flash("Two-factor sign-in is on.", "success")
    return new_recovery_codes()


def new_recovery_codes() -> str:
    """Make ten new codes and show them, once. All earlier codes are void."""
    codes = security.mf_recovery_codes_util.create_recovery_codes(me())
    db.session.commit()
    return render_template("account/recovery_codes.html", codes=codes)


def _page(form: CodeForm, secret: str, token: str) -> ResponseReturnValue:
    facts = security.totp_factory.fetch_setup_values(secret, me())
    return form_page(
        "account/two_factor.html", form, qr=qr_code(facts["uri"]), key=facts["key"], state_token=token
    )
