"""The e-mail with which staff and operators let somebody in who cannot get one: to a new password or to a sign-in."""

from __future__ import annotations

from webapp.abuse import stranger_mail
from webapp.accounts.operators import acts
from webapp.audit.log import Actor
from webapp.auth import links
from webapp.auth.doors import is_taken, person_with


def send_link(email: str, actor: Actor, reason: str | None) -> str | None:
    """Send it, and record that. None; else a sentence that says why nothing was sent.

    To whoever has a sign-in it is a link to a new password, to everybody else the link to a sign-in. No limit of a
    day counts, because no stranger has asked for it; a mailbox whose owner asked us for no more gets none.
    """
    person = person_with(email)
    if person is not None and not person.active:
        return f"{email} is locked out, so that a link would not let them in."
    if not is_taken(person) and stranger_mail.is_stopped(email):
        return f"Whoever reads {email} asked us for no more such e-mails."
    sent = links.send_new_password(person) if is_taken(person) else links.send_sign_up(email)
    if not sent:
        return "The mail server did not take the e-mail. Try again in some minutes."
    acts.note_mailed(email, person, actor, reason)
    return None
