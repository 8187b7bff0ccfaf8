"""Flask-Security's forms in our words."""

from __future__ import annotations

from flask_security import (
    ForgotPasswordForm,
    LoginForm,
    MfRecoveryForm,
    RegisterFormV2,
    TwoFactorRescueForm,
    TwoFactorVerifyCodeForm,
    WebAuthnRegisterForm,
)
from wtforms import (
    HiddenField,
    RadioField,
    StringField,
    SubmitField,
)
from wtforms.validators import DataRequired, Length

from webapp.web.forms import Form, free_text

#: Flask-Security's messages that people meet, as sentences with a way on.
WORDS = {
    "SECURITY_MSG_UNAUTHENTICATED": ("Please sign in to see that page.", "info"),
    "SECURITY_MSG_GENERIC_AUTHN_FAILED": (
        "The e-mail address and the password do not go together. Check both, or choose a new password.",
        "error",
    ),
    "SECURITY_MSG_GENERIC_US_SIGNIN": ("The e-mail address and the password do not go together.", "error"),
    "SECURITY_MSG_EMAIL_NOT_PROVIDED": ("Enter your e-mail address.", "error"),
    "SECURITY_MSG_INVALID_EMAIL_ADDRESS": ("Enter an e-mail address, like name@example.com.", "error"),
    "SECURITY_MSG_PASSWORD_NOT_PROVIDED": ("Enter your password.", "error"),
    "SECURITY_MSG_PASSWORD_INVALID_LENGTH": (
        "Choose a password of at least %(length)s characters; three or four words are easy to remember.",
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
    "SECURITY_MSG_PASSWORD_RESET_REQUEST": (
        "If %(email)s belongs to somebody here, a letter with the next step is on its way.",
        "info",
    ),
    "SECURITY_MSG_GENERIC_RECOVERY": (
        "If %(email)s belongs to somebody here, a letter with the next step is on its way.",
        "info",
    ),
    "SECURITY_MSG_CONFIRM_REGISTRATION": (
        "We sent a letter to %(email)s. Open the link in it, then sign in.",
        "success",
    ),
    "SECURITY_MSG_CONFIRMATION_REQUEST": (
        "If %(email)s belongs to somebody here, a new link is on its way.",
        "info",
    ),
    "SECURITY_MSG_CONFIRMATION_REQUIRED": (
        "Your e-mail address is not confirmed yet. Open the link in the letter we sent, or ask for a new one.",
        "error",
    ),
    "SECURITY_MSG_EMAIL_CONFIRMED": ("Thank you, your e-mail address is confirmed.", "success"),
    "SECURITY_MSG_ALREADY_CONFIRMED": ("Your e-mail address was confirmed before. Please sign in.", "info"),
    "SECURITY_MSG_INVALID_CONFIRMATION_TOKEN": (
        "That link is not complete or was used before. Copy all of it from the letter, or ask for a new one.",
        "error",
    ),
    "SECURITY_MSG_CONFIRMATION_EXPIRED": (
        "That link is older than %(within)s. We sent a new one to %(email)s.",
        "error",
    ),
    "SECURITY_MSG_INVALID_RESET_PASSWORD_TOKEN": (
        "That link is not complete or was used before. Copy all of it from the letter, or ask for a new one.",
        "error",
    ),
    "SECURITY_MSG_PASSWORD_RESET_EXPIRED": (
        "That link is older than %(within)s. We sent a new one to %(email)s.",
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
    "SECURITY_MSG_WEBAUTHN_NAME_NOT_FOUND": ("You have no passkey called %(name)s any more.", "error"),
    "SECURITY_MSG_WEBAUTHN_NAME_DISALLOWED_CHARACTERS": (
        "Write the name with letters, digits, blanks and hyphens only.",
        "error",
    ),
    "SECURITY_MSG_INVALID_INPUT": ("Write the name with letters, digits, blanks and hyphens only.", "error"),
    "SECURITY_MSG_INVALID_INPUT_LENGTH": ("Choose a name of at most %(length)s characters.", "error"),
    "SECURITY_MSG_WEBAUTHN_CREDENTIAL_DELETED": (
        "The passkey %(name)s does not sign in any more.",
        "success",
    ),
    "SECURITY_MSG_WEBAUTHN_REGISTER_SUCCESSFUL": (
        "You can sign in with the passkey %(name)s now.",
        "success",
    ),
    "SECURITY_MSG_WEBAUTHN_CREDENTIAL_ID_INUSE": ("This passkey is here already.", "error"),
    "SECURITY_MSG_WEBAUTHN_UNKNOWN_CREDENTIAL_ID": (
        "We do not know this passkey. Sign in another way, or with another passkey.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_ORPHAN_CREDENTIAL_ID": ("Nobody here has this passkey any more.", "error"),
    "SECURITY_MSG_WEBAUTHN_NO_VERIFY": (
        "Your device’s answer did not fit our question. Try again.",
        "error",
    ),
    "SECURITY_MSG_WEBAUTHN_CREDENTIAL_WRONG_USAGE": ("This passkey cannot be used here.", "error"),
    "SECURITY_MSG_WEBAUTHN_MISMATCH_USER_HANDLE": ("This passkey is another person’s.", "error"),
}


class SignInForm(LoginForm):
    submit = SubmitField("Sign in")


class SignUpForm(RegisterFormV2):
    """Asks, beside what Flask-Security asks, what to call the account."""

    account_name = StringField(
        "Organisation",
        description="What we call your account, for example Acme. You can leave your own name.",
        validators=[DataRequired("Enter a name for your account, like Acme."), Length(max=200), free_text],
        render_kw={"autocomplete": "organization"},
    )
    submit = SubmitField("Create account")

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # First on the page, so that its problem comes first in the summary, too.
        self._fields.move_to_end("account_name", last=False)


class ForgottenPasswordForm(ForgotPasswordForm):
    submit = SubmitField("Send me a link")


class CodeForm(TwoFactorVerifyCodeForm):
    code = StringField(
        "Code",
        validators=[DataRequired("Enter the six digits that your app shows now.")],
        render_kw={"inputmode": "numeric"},
    )
    submit = SubmitField("Continue")


class NoRescueForm(TwoFactorRescueForm):
    """Flask-Security hands it to the page that asks for a code, which leads to recovery codes instead."""

    help_setup = RadioField("Help", choices=[])


class RecoveryCodeForm(MfRecoveryForm):
    submit = SubmitField("Continue")


class PasskeyForm(WebAuthnRegisterForm):
    """Every passkey of ours signs in alone: it is something you have, unlocked by something you are or know."""

    usage = HiddenField(default="first")  # type: ignore[assignment]
    submit = SubmitField("Add a passkey")


class NameForm(Form):
    name = StringField(
        "Name of the account",
        validators=[DataRequired("Enter a name for the account, like Acme."), Length(max=200), free_text],
        render_kw={"autocomplete": "organization"},
    )
