"""
Sending a letter, once: a row for each subscriber, written when it is sent and claimed before it leaves the house.

Rather none than two: what was claimed and never settled, because its worker died, is not sent again. What was not
claimed waits, for the morning of its reader or for a mail server that answers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from drops.errors import Refused
from drops.letters.models import CopyState, Letter, LetterCopy, LetterState, Subscriber
from drops.letters.promises import COUNTED_FOR, MOST_LETTERS
from drops.letters.writing import LetterWasSent
from drops.reminders.hours import day_after_night, is_quiet

CLAIM_LASTS = timedelta(minutes=15)  # longer than a task may run
AGAIN_IN = timedelta(minutes=5)
NEWS_FOR = timedelta(days=3)  # then it is not sent any more
ROWS_AT_ONCE = 1000


class NobodyToWriteTo(Refused):
    """Nobody has said yes to this creator's letter."""

    code = "letter_without_subscribers"


class TooManyLetters(Refused):
    """Subscribers were promised fewer."""

    code = "too_many_letters"


def send_letter(*, letter: Letter, actor: str, now: datetime) -> int:
    """
    Put a letter on its way to everybody who is a subscriber now; return to how many.

    :raises LetterWasSent: if it is on its way already; nobody gets it twice.
    :raises TooManyLetters: if it would be one more than subscribers agreed to.
    :raises NobodyToWriteTo: if there is no subscriber.
    """
    with transaction.atomic():
        # The creator's drafts wait for each other, or two of them could both be the fourth.
        locked = {each.pk: each for each in _letters_of(letter.creator_id)}[letter.pk]
        if locked.state != LetterState.DRAFT:
            raise LetterWasSent("This letter is on its way already. It is sent once.")
        _refuse_too_many(locked, now)
        readers = list(Subscriber.objects.live().filter(creator_id=letter.creator_id).order_by("pk"))
        if not readers:
            raise NobodyToWriteTo("Nobody has said yes to your letter yet.")
        Letter.objects.filter(pk=letter.pk, state=LetterState.DRAFT).update(
            state=LetterState.SENDING, sent_from_at=now, sent_by=actor[:60]
        )
        LetterCopy.objects.bulk_create(
            (LetterCopy(letter_id=letter.pk, subscriber=reader, due_at=_due_at(reader, now)) for reader in readers),
            batch_size=ROWS_AT_ONCE,
        )
    letter.refresh_from_db()
    return len(readers)


def claim_copies(*, most: int, now: datetime) -> list[LetterCopy]:
    """Take copies that are due, for the one who calls and for nobody else; what is too late is given up."""
    too_late = Q(state=CopyState.DUE, letter__sent_from_at__lte=now - NEWS_FOR)
    lost = Q(state=CopyState.CLAIMED, claimed_at__lte=now - CLAIM_LASTS)
    LetterCopy.objects.filter(too_late | lost).update(state=CopyState.UNSENT, settled_at=now)
    with transaction.atomic():
        ids = list(_free(now)[:most])
        LetterCopy.objects.filter(pk__in=ids).update(state=CopyState.CLAIMED, claimed_at=now)
    return list(LetterCopy.objects.filter(pk__in=ids).select_related("letter__creator", "subscriber").order_by("pk"))


def may_leave(*, copy: LetterCopy, now: datetime) -> Subscriber | None:
    """
    Return who a claimed copy goes to, as they are this very moment; None if it is not to be sent now.

    Who stopped since gets none. For whom it is night by now, it waits for the morning.
    """
    reader = Subscriber.objects.live().filter(pk=copy.subscriber_id).first()
    if reader is None:
        settle(copy=copy, is_sent=False, now=now)
        return None
    if is_quiet(now, ZoneInfo(reader.time_zone)):
        put_off(copy=copy, until=_due_at(reader, now))
        return None
    return reader


def settle(*, copy: LetterCopy, is_sent: bool, now: datetime) -> None:
    """Note whether a copy went out."""
    LetterCopy.objects.filter(pk=copy.pk, state=CopyState.CLAIMED).update(
        state=CopyState.SENT if is_sent else CopyState.UNSENT, settled_at=now
    )


def put_off(*, copy: LetterCopy, until: datetime) -> None:
    """Put a copy back that certainly did not go out."""
    LetterCopy.objects.filter(pk=copy.pk, state=CopyState.CLAIMED).update(state=CopyState.DUE, due_at=until)


def finish_letters() -> int:
    """Note of which letters every copy was settled; return of how many."""
    open_copies = LetterCopy.objects.filter(letter=OuterRef("pk"), state__in=(CopyState.DUE, CopyState.CLAIMED))
    sending = Letter.objects.filter(state=LetterState.SENDING)
    return sending.filter(~Exists(open_copies)).update(state=LetterState.SENT)


def _letters_of(creator_id: int) -> QuerySet[Letter]:
    return Letter.objects.select_for_update(no_key=True).filter(creator_id=creator_id).order_by("pk")


def _refuse_too_many(letter: Letter, now: datetime) -> None:
    lately = Letter.objects.filter(creator_id=letter.creator_id, sent_from_at__gt=now - COUNTED_FOR)
    if lately.count() >= MOST_LETTERS:
        first = lately.earliest("sent_from_at").sent_from_at
        assert first is not None
        raise TooManyLetters(
            f"Your subscribers agreed to {MOST_LETTERS} letters in {COUNTED_FOR.days} days, and had them. "
            f"The next may go out on {(first + COUNTED_FOR):%d %B}."
        )


def _due_at(reader: Subscriber, now: datetime) -> datetime:
    return day_after_night(now, ZoneInfo(reader.time_zone))


def _free(now: datetime) -> QuerySet[LetterCopy, int]:
    """Return what nobody has claimed or is claiming this very moment."""
    due = LetterCopy.objects.filter(state=CopyState.DUE, due_at__lte=now).order_by("due_at", "pk")
    return due.select_for_update(skip_locked=True).values_list("pk", flat=True)
