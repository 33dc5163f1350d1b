"""
Mails to those who asked for them: in plain text and in HTML, each with a *Stop* that needs one tap (RFC 8058).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formataddr, parseaddr
from smtplib import SMTPException
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string

from drops.errors import Unreachable

logger = logging.getLogger(__name__)


class MailWords(Protocol):
    """What every mail has, whatever its template makes of the rest."""

    @property
    def title(self) -> str: ...
    @property
    def shop(self) -> str: ...
    @property
    def stop_url(self) -> str: ...


class MailAway(Unreachable):
    """The mail server does not let us in: certainly nothing went out."""

    code = "mail_unreachable"


@contextmanager
def open_mail() -> Iterator[BaseEmailBackend]:
    """
    Keep one connection for many mails.

    :raises MailAway: if there is no way in.
    """
    connection = get_connection()
    try:
        connection.open()
    except (SMTPException, OSError) as error:
        logger.warning("Unable to reach the mail server: %s", type(error).__name__)
        raise MailAway("The mail server does not answer.") from error
    try:
        yield connection
    finally:
        try:
            connection.close()
        except (SMTPException, OSError):
            logger.info("The mail server left before we did")


def send(*, address: str, words: MailWords, connection: BaseEmailBackend, template: str = "nudges/mail") -> bool:
    """Send one mail, once; False if the server took it not, or did not say."""
    facts = {"words": words}
    message = EmailMultiAlternatives(
        subject=_one_line(words.title),
        body=render_to_string(f"{template}.txt", facts),
        # The shop's name, because that is whom they know; the address is the platform's own.
        from_email=formataddr((_one_line(words.shop), parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
        to=[address],
        headers={"Auto-Submitted": "auto-generated", **_stop_headers(words.stop_url)},
        connection=connection,
    )
    message.attach_alternative(render_to_string(f"{template}.html", facts), "text/html")
    try:
        return message.send() == 1
    except (SMTPException, OSError) as error:
        logger.warning("A mail did not leave: %s", type(error).__name__)
        return False


def _stop_headers(url: str) -> dict[str, str]:
    """Return what lets a mail program stop by itself; a test copy has nothing to stop."""
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _one_line(text: str) -> str:
    """Return a text as a header may carry it: with a line's end in it a mail would not be sent at all."""
    return " ".join(text.split())
