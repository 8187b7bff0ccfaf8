"""The pages on which anybody asks for an account, for its link once more, or for a new password.

None of them finds out who has an account: the request takes an address and answers, and the person is looked for
and mailed outside of it (`webapp.runtime.requests.afterwards`). The answers are equal in words and in time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard, cast
from urllib.parse import parse_qs

from blinker import Signal
from flask import Flask, Response, abort, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user
from flask_security.recoverable import send_reset_password_instructions

from webapp.auth import links
from webapp.auth.access import me
from webapp.auth.forms import AddressForm
from webapp.auth.passwords import LONGEST
from webapp.extensions import datastore, security
from webapp.models import User
from webapp.runtime.requests.afterwards import afterwards
from webapp.runtime.requests.trusted_proxies import ASKED_BY_MACHINES
from webapp.web.forms import form_page

#: Sent for every e-mail that is asked for. The sender is the application; `what` is `sign_up`, `password_reset` or
#: `way_in`, `email` what was typed, and `user` whoever has that address, or None.
email_asked = Signal()

#: Said to everybody, because who is told that nothing was sent learns something of the mailbox.
_NO_MAIL = (
    "No e-mail after a minute? Look into the spam folder too. "
    "An address gets three a day at most, and none if its owner asked us to stop."
)
_LOOK_FOR_IT = "No e-mail after a minute? Look into the spam folder too."

#: The extension that says whether an e-mail for which anybody can have asked goes to this mailbox now. `webapp.abuse`
#: sets it.
MAY_WRITE = "may_write_unasked"

_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
#: Whose routes are asked by programs. All others are pages, which take forms alone: Flask-WTF and Flask-Security
#: would take JSON as well, whose numbers and lists no validator of a text is made for.
_PROGRAMS = ("api_", *ASKED_BY_MACHINES)
#: The fields that take a file, by the endpoint of their page.
_FILES = {"imports.new": {"file"}}


def init_doors(app: Flask) -> None:
    # Behind the first, which gives the request its id in the log and does not read the body.
    app.before_request_funcs.setdefault(None, []).insert(1, _forms_only)
    security.want_json(lambda _request: False)
    app.login_manager._request_callback = None  # type: ignore[attr-defined]  # noqa: SLF001  # bearer tokens
    app.after_request(_no_way_back_to_the_door)
    app.view_functions["security.register"] = register
    app.view_functions["security.send_confirmation"] = send_again
    app.view_functions["security.forgot_password"] = forgot_password


def _forms_only() -> None:
    """Before anything else reads the body. Another encoding would be a second door with no lock of ours, and passlib
    raises for a password of more than 4,096 bytes.
    """
    is_page = request.blueprint is not None and not f"{request.blueprint}.".startswith(_PROGRAMS)
    if is_page and request.mimetype not in _FORMS | {""}:
        abort(415)
    # Flask-WTF would put a file into any other field, which is for text, and whose validators raise for it.
    if request.files.keys() - _FILES.get(request.endpoint or "", set()):
        abort(415)
    if any("password" in name and len(value) > LONGEST for name, value in request.form.items(multi=True)):
        abort(413)


def _no_way_back_to_the_door(response: Response) -> Response:
    """Flask-Security sends whoever has a second factor to the page for the code with the whole address of the page of
    the password as the next one. Without that the usual page comes next.
    """
    if request.endpoint == "security.login" and response.location:
        path, _, query = response.location.partition("?")
        if parse_qs(query).get("next") == [request.url]:
            response.location = path
    return response


def register() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(url_for("auth.home"))
    sentence = "We sent an e-mail to {}. Open the link in it."
    return _door(mail_sign_up, "security/register_user.html", sentence, _NO_MAIL)


def send_again() -> ResponseReturnValue:
    sentence = "We sent a new e-mail to {}. Open the link in it."
    return _door(mail_sign_up, "security/send_confirmation.html", sentence, _NO_MAIL)


def forgot_password() -> ResponseReturnValue:
    """For people who are signed in, too: they are asked for their password now and then."""
    sentence = "If {} belongs to somebody here, an e-mail with the next step is on its way."
    return _door(mail_new_password, "security/forgot_password.html", sentence, _LOOK_FOR_IT)


def _door(job: Callable[[str], None], page: str, sentence: str, otherwise: str) -> ResponseReturnValue:
    """The form; once an address was typed, `job` is done for it, and a page says to read the e-mail."""
    form = AddressForm()
    if request.method == "GET":
        form.email.data = me().email if current_user.is_authenticated else request.args.get("email", "")
    if not form.validate_on_submit():
        return form_page(page, form)
    email = form.email.data or ""
    ask_for_mail(job, email)
    return render_template("security/sent.html", sentence=sentence.format(email), otherwise=otherwise)


def ask_for_mail(job: Callable[[str], None], email: str) -> None:
    """Do `job` afterwards. The limits of e-mails count this request, whether somebody has the address or not."""
    g.mail_asked = True
    afterwards(job, email)


def mail_sign_up(email: str) -> None:
    """The link to an account; to whoever has one already, a link to a new password.

    Both count alike: who invites to the mailbox is told when its e-mails of a day are used up.
    """
    user = person_with(email)
    tell("sign_up", email, user)
    if not _may_write(email):
        return
    if not is_taken(user):
        links.send_sign_up(email)
    elif user.active:
        links.send_sign_in_exists(user)


def mail_new_password(email: str) -> None:
    """Nothing to whoever has no account. Somebody who never showed that the address is theirs starts anew."""
    user = person_with(email)
    tell("password_reset", email, user)
    if is_taken(user):
        if user.active:
            send_reset_password_instructions(user)  # type: ignore[no-untyped-call]
    elif user is not None and _may_write(email):
        links.send_sign_up(email)


def _may_write(email: str) -> bool:
    may: Callable[[str], bool] = current_app.extensions[MAY_WRITE]
    return may(email)


def tell(what: str, email: str, user: User | None) -> None:
    """Send `email_asked`. Part of the job and not of the request, because it knows who has the address."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    email_asked.send(app, what=what, email=email, user=user)


def person_with(email: str) -> User | None:
    return cast("User | None", datastore.find_user(case_insensitive=True, email=email))


def is_taken(user: User | None) -> TypeGuard[User]:
    """Whoever never confirmed the address may be a stranger who typed it in to be there first, and makes room for
    whoever does. Unless an operator has locked them: then nobody gets a sign-in with this address.
    """
    return user is not None and (user.confirmed_at is not None or not user.active)
