"""Flask-Security's forms in our words."""

from __future__ import annotations

from flask_security import ForgotPasswordForm, LoginForm, RegisterFormV2
from wtforms import StringField, SubmitField
from wtforms.validators import DataRequired, Length

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
}


class SignInForm(LoginForm):
    submit = SubmitField("Sign in")


class SignUpForm(RegisterFormV2):
    """Asks, beside what Flask-Security asks, what to call the account."""

    account_name = StringField(
        "Organisation",
        description="What we call your account, for example Acme. You can leave your own name.",
        validators=[DataRequired("Enter a name for your account, like Acme."), Length(max=200)],
        render_kw={"autocomplete": "organization"},
    )
    submit = SubmitField("Create account")


class ForgottenPasswordForm(ForgotPasswordForm):
    submit = SubmitField("Send me a link")
