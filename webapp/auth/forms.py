"""Flask-Security's forms in our words."""

from __future__ import annotations

from typing import Any, TypeVar

from blinker import Signal
from flask import current_app
from flask_security import (
    ChangePasswordForm,
    LoginForm,
    MfRecoveryForm,
    TwoFactorRescueForm,
    TwoFactorVerifyCodeForm,
    WebAuthnRegisterForm,
)
from flask_security.forms import Form as SecurityForm
from flask_security.utils import get_message
from wtforms import (
    HiddenField,
    RadioField,
    StringField,
    SubmitField,
)
from wtforms.validators import DataRequired, Length

from webapp.auth.address_field import RENDER_KW, normal_address
from webapp.web.forms import Form, free_text

F = TypeVar("F", bound=SecurityForm)

#: Sent when a form that lets somebody in was filled in wrongly. The sender is the application; `form` is the form.
sign_in_failed = Signal()

#: The fields with what lets somebody in.
_SECRETS = {"password", "code"}

#: Flask-Security's messages in our words, each with a next step.
WORDS = {
    "SECURITY_MSG_UNAUTHENTICATED": ("Please sign in to see that page.", "info"),
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
        "The e-mail address and the password do not go together. Check both, or choose a new password.",
        "error",
    ),
    "SECURITY_MSG_GENERIC_US_SIGNIN": (
        "The e-mail address and the password do not go together. Check both, or choose a new password.",
        "error",
    ),
    "SECURITY_MSG_EMAIL_NOT_PROVIDED": ("Enter your e-mail address.", "error"),
    "SECURITY_MSG_INVALID_EMAIL_ADDRESS": ("Enter an e-mail address, like name@example.com.", "error"),
    "SECURITY_MSG_PASSWORD_NOT_PROVIDED": ("Enter your password.", "error"),
    "SECURITY_MSG_PASSWORD_INVALID_LENGTH": (
        "Choose a password of at least %(length)s characters; three or four words are easy to remember.",
        "error",
    ),
    "SECURITY_MSG_PASSWORD_TOO_SIMPLE": (
        "That password is easy to guess. Choose three or four words that do not belong together.",
        "error",
    ),
    "SECURITY_MSG_RETYPE_PASSWORD_MISMATCH": ("The two passwords differ. Enter the same one twice.", "error"),
    "SECURITY_MSG_PASSWORD_MISMATCH": ("The two passwords differ. Enter the same one twice.", "error"),
    "SECURITY_MSG_PASSWORD_IS_THE_SAME": ("That is your password already. Choose another one.", "error"),
    "SECURITY_MSG_INVALID_PASSWORD": ("That is not your password now. Enter it again.", "error"),
    "SECURITY_MSG_PASSWORD_CHANGE": ("Your password is changed.", "success"),
    "SECURITY_MSG_PASSWORD_RESET": ("Your password is changed and you are signed in.", "success"),
    "SECURITY_MSG_PASSWORD_RESET_NO_LOGIN": (
        "Your password is changed. Sign in with the new one.",
        "success",
    ),
    "SECURITY_MSG_CONFIRMATION_REQUIRED": (
        "Your e-mail address is not confirmed yet. Open the link in the e-mail we sent, or ask for a new one.",
        "error",
    ),
    "SECURITY_MSG_INVALID_RESET_PASSWORD_TOKEN": (
        "That link is not complete or was used before. Copy all of it from the e-mail, or ask for a new one.",
        "error",
    ),
    "SECURITY_MSG_PASSWORD_RESET_EXPIRED": (
        "That link is older than %(within)s. Ask for a new one here.",
        "error",
    ),
    "SECURITY_MSG_REAUTHENTICATION_REQUIRED": ("Please show once more that it is you.", "info"),
    "SECURITY_MSG_REAUTHENTICATION_SUCCESSFUL": ("Thank you.", "success"),
    "SECURITY_MSG_ANONYMOUS_USER_REQUIRED": ("You are signed in already.", "info"),
    "SECURITY_MSG_DISABLED_ACCOUNT": (
        "This sign-in is switched off. Ask whoever runs this installation.",
        "error",
    ),
    "SECURITY_MSG_TWO_FACTOR_INVALID_TOKEN": (
        "That code is not right, or it was used already. Wait for the next one in your app and enter it.",
        "error",
    ),
    "SECURITY_MSG_TWO_FACTOR_LOGIN_SUCCESSFUL": ("You are signed in.", "success"),
    "SECURITY_MSG_TWO_FACTOR_PERMISSION_DENIED": ("Sign in with your password first.", "error"),
    "SECURITY_MSG_TWO_FACTOR_DISABLED": ("Two-factor sign-in is off.", "success"),
    "SECURITY_MSG_INVALID_RECOVERY_CODE": (
        "That is none of your recovery codes, or it was used already. Enter another one.",
        "error",
    ),
    "SECURITY_MSG_INVALID_CODE": ("Enter the six digits that your app shows now.", "error"),
    "SECURITY_MSG_API_ERROR": (
        "What your browser sent was not complete. Try again; if it happens again, try another browser.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_EXPIRED": ("That took longer than %(within)s. Try again.", "error"),
    "SECURITY_MSG_WEBAUTHN_NAME_REQUIRED": ("Enter a name, like “Lena’s phone”.", "error"),
    "SECURITY_MSG_WEBAUTHN_NAME_INUSE": ("You have a passkey called %(name)s. Choose another name.", "error"),
    "SECURITY_MSG_WEBAUTHN_NAME_NOT_FOUND": (
        "You have no passkey called %(name)s any more. Load the page again.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (
        "Write the name with letters, digits, blanks and hyphens only.",
        "error",
    ),
    "SECURITY_MSG_INVALID_INPUT": ("Write the name with letters, digits, blanks and hyphens only.", "error"),
    "SECURITY_MSG_INVALID_INPUT_LENGTH": ("Choose a shorter name, of at most 64 characters.", "error"),
    "SECURITY_MSG_WEBAUTHN_CREDENTIAL_DELETED": (
        "The passkey %(name)s does not sign in any more.",
        "success",
    ),
    "SECURITY_MSG_WEBAUTHN_REGISTER_SUCCESSFUL": (
        "You can sign in with the passkey %(name)s now.",
        "success",
    ),
    "SECURITY_MSG_WEBAUTHN_CREDENTIAL_ID_INUSE": (
        "This passkey is here already. Sign in with it, or add another one.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (
        "We do not know this passkey. Sign in another way, or with another passkey.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_ORPHAN_CREDENTIAL_ID": (
        "Nobody here has this passkey any more. Sign in another way.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_NO_VERIFY": (
        "Your device’s answer did not fit our question. Try again.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_CREDENTIAL_WRONG_USAGE": (
        "This passkey cannot be used here. Choose another one, or sign in another way.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_MISMATCH_USER_HANDLE": (
        "This passkey is another person’s. Choose one of yours.",
        "error",
    ),
}


def counted(form_class: type[F]) -> type[F]:
    """The form, which sends `sign_in_failed` when a password, a code or a passkey was wrong."""

    class Counted(form_class):  # type: ignore[misc, valid-type]
        def validate(self, **kwargs: Any) -> bool:
            passed = bool(super().validate(**kwargs))
            if not passed and _is_guess(self):
                sign_in_failed.send(current_app._get_current_object(), form=self)  # type: ignore[attr-defined] # noqa: SLF001
            return passed

    return Counted


def _is_guess(form: SecurityForm) -> bool:
    """Whether what was refused is a secret that was tried.

    It is none when the secret was left out, when the present password was not even compared because the new one was
    refused, and when the password is right and somebody has yet to confirm the address.
    """
    if isinstance(form, ChangePasswordForm):
        return get_message("INVALID_PASSWORD")[0] in form.password.errors
    left_out = any(field.name in _SECRETS and not str(field.data or "").strip() for field in form)
    return not left_out and not getattr(form, "user_authenticated", False)


class SignInForm(LoginForm):
    submit = SubmitField("Sign in")

    def validate(self, **options: object) -> bool:
        """Flask-Security says one sentence for all that is wrong, so that nobody learns who has an account. What
        says nothing of that is moved to where its view leaves it: a field that is empty, and what is wrong with the
        account of somebody who knows its password.
        """
        valid = super().validate(**options)
        told = self.user_authenticated or not (self.email.data and self.password.data)
        for field in (self.email, self.password) if told else ():
            self.form_errors += list(field.errors)
            field.errors = []
        return bool(valid)


class AddressForm(Form):
    """All that anybody is asked before their mailbox is shown to be theirs."""

    email = StringField(
        "E-mail address",
        validators=[DataRequired("Enter your e-mail address."), Length(max=255), normal_address],
        render_kw=RENDER_KW,
    )


class CodeForm(TwoFactorVerifyCodeForm):
    code = StringField(
        "Code",
        validators=[DataRequired("Enter the six digits that your app shows now.")],
        render_kw={"inputmode": "numeric"},
    )
    submit = SubmitField("Continue")


class NoRescueForm(TwoFactorRescueForm):
    """Flask-Security passes this form to the page that asks for a code. Our page links to recovery codes instead."""

    help_setup = RadioField("Help", choices=[])


class RecoveryCodeForm(MfRecoveryForm):
    submit = SubmitField("Continue")


class PasskeyForm(WebAuthnRegisterForm):
    """Every passkey is enough to sign in: it is a device that its owner has, unlocked by a PIN or a biometric."""

    usage = HiddenField(default="first")  # type: ignore[assignment]
    submit = SubmitField("Add a passkey")


class NameForm(Form):
    name = StringField(
        "Name of the account",
        validators=[DataRequired("Enter a name for the account, like Acme."), Length(max=200), free_text],
        render_kw={"autocomplete": "organization"},
    )
