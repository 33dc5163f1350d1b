"""
Writing a letter: plain text, read as paragraphs and links, and changed only while nobody was sent it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drops.errors import Invalid, Refused
from drops.letters.models import Letter, LetterState

_LINK = re.compile(r"https?://[^\s<>\"']+")
_AFTER_A_LINK = ".,;:!?)]"  # ends the sentence, not the address


class LetterEmpty(Invalid):
    """There is nothing in it to read."""

    code = "letter_empty"


class LetterWasSent(Refused):
    """It is on its way, or arrived: what people were sent does not change."""

    code = "letter_was_sent"


@dataclass(frozen=True)
class Run:
    """A piece of a paragraph: words, or an address that is a link."""

    text: str
    is_link: bool = False


def paragraphs_of(body: str) -> list[list[Run]]:
    """Return a letter's paragraphs, each a list of words and links. A link reads as where it leads, so none can mislead."""
    parts = re.split(r"\n[ \t]*\n", body.replace("\r\n", "\n").replace("\r", "\n"))
    return [_runs(part.strip()) for part in parts if part.strip()]


def rewrite(*, letter: Letter, subject: str, body: str) -> Letter:
    """
    Change a draft.

    :raises LetterEmpty: if nothing is left to read.
    :raises LetterWasSent: if it is no draft any more; nothing has changed then.
    """
    subject, body = " ".join(subject.split()), body.strip()
    if not subject or not paragraphs_of(body):
        raise LetterEmpty("A letter needs a subject and at least one sentence.")
    changed = Letter.objects.filter(pk=letter.pk, state=LetterState.DRAFT).update(subject=subject, body=body)
    if changed != 1:
        raise LetterWasSent("This letter is on its way. What people were sent does not change.")
    letter.refresh_from_db()
    return letter


def _runs(paragraph: str) -> list[Run]:
    runs: list[Run] = []
    at = 0
    for found in _LINK.finditer(paragraph):
        url = found[0].rstrip(_AFTER_A_LINK)
        if found.start() > at:
            runs.append(Run(paragraph[at : found.start()]))
        runs.append(Run(url, is_link=True))
        at = found.start() + len(url)
    if at < len(paragraph):
        runs.append(Run(paragraph[at:]))
    return runs
