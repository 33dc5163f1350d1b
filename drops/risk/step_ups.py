"""
Asking somebody for a one-time code, sent to a mailbox of theirs, and remembering that they gave it back.

Nothing is sent here: the page that asks sends the mail, outside of any transaction. Codes and addresses are kept as keyed
hashes. Whoever guesses has five tries in a million for each of at most three codes in ten minutes.
"""

import secrets
from datetime import datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare, salted_hmac

from drops.audience.models import Shopper
from drops.errors import Invalid, NotFound, Refused
from drops.events import announce, step_up_passed
from drops.risk import sightings
from drops.risk.emails import canonical_email, is_disposable
from drops.risk.models import StepUp, Trait

DIGITS = 6
LASTS = timedelta(minutes=10)
TRIES = 5
SENDS_PER_SHOPPER, SENDS_PER_MAILBOX = 3, 5
SENDS_WITHIN = {"shopper": timedelta(minutes=10), "mailbox": timedelta(hours=1)}
OPENS_DOORS_FOR = timedelta(hours=24)
LINK_LASTS = timedelta(hours=24)
KEPT_FOR = timedelta(days=30)
_SALT = "drops.risk.step_up"


class LinkInvalid(NotFound):
    """The link is forged or too old, or its shopper is gone."""

    code = "step_up_link_invalid"


class AddressUnusable(Invalid):
    """That is no e-mail address, or one of a service that throws its mailboxes away."""

    code = "address_unusable"


class TooManyCodes(Refused):
    code = "too_many_codes"


class CodeWrong(Refused):
    """The code is another one; the facts say how many tries are left."""

    code = "code_wrong"


class CodeExpired(Refused):
    """There is no code to compare with: it is too old, it was used, or its tries are."""

    code = "code_expired"


def link_token(shopper: Shopper) -> str:
    """Return what names a shopper in the address of the page that asks them for a code."""
    return signing.TimestampSigner(salt=_SALT, sep=".").sign(shopper.ref)


def shopper_of_link(token: str) -> Shopper:
    """
    Return whom a link is for, with their creator loaded.

    :raises LinkInvalid: if it is forged or more than a day old, or the shopper is gone.
    """
    try:
        ref = signing.TimestampSigner(salt=_SALT, sep=".").unsign(token, max_age=LINK_LASTS)
        return Shopper.objects.select_related("creator").get(ref=ref)
    except (signing.BadSignature, Shopper.DoesNotExist):
        raise LinkInvalid("This link has ended. Go back to the shop and try to hold again.") from None


def begin(*, shopper: Shopper, email: str, now: datetime) -> str:
    """
    Make a code for a mailbox and return it, to be sent there; earlier codes of the shopper end with it.

    :raises AddressUnusable: if that is no address, or a throw-away one.
    :raises TooManyCodes: if the shopper or the mailbox had enough of them lately.
    """
    email = email.strip()
    try:
        validate_email(email)
    except ValidationError:
        raise AddressUnusable("Please write an e-mail address, like name@example.org.") from None
    if is_disposable(email):
        raise AddressUnusable("Mailboxes of this service are thrown away. Please use one that you keep.")
    mail_hash = sightings.key_of(creator_id=shopper.creator_id, trait=Trait.MAIL, value=canonical_email(email))
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    with transaction.atomic():
        _lock(shopper)
        _refuse_too_many(shopper, mail_hash, now)
        StepUp.objects.filter(shopper=shopper, passed_at__isnull=True, expires_at__gt=now).update(expires_at=now)
        StepUp.objects.create(
            shopper=shopper, mail_hash=mail_hash, code_hash=_hash(shopper, code), sent_at=now, expires_at=now + LASTS
        )
    return code


def give_back(*, shopper: Shopper, code: str, now: datetime) -> StepUp:
    """
    Compare a code that somebody typed; if it is the one that was sent, their wishes are let through for a day.

    :raises CodeExpired: if there is none to compare with; ask for a new one.
    :raises CodeWrong: if it is another one. The try counts.
    """
    typed = "".join(letter for letter in code if letter.isalnum())
    waiting = StepUp.objects.filter(shopper=shopper, passed_at__isnull=True, expires_at__gt=now, tries__lt=TRIES)
    step_up = waiting.order_by("-sent_at", "-pk").first()
    if step_up is None or not _take_a_try(step_up):
        raise CodeExpired("That code has ended. Please ask for a new one.")
    if not _is_the_code(step_up, shopper, typed):
        left = TRIES - step_up.tries - 1
        if left <= 0:
            raise CodeExpired("That was not the code, and its tries are used up. Please ask for a new one.")
        raise CodeWrong("That is not the code. Please look again.", tries_left=left)
    with transaction.atomic():
        passed = StepUp.objects.filter(pk=step_up.pk, passed_at__isnull=True).update(
            passed_at=now, allowed_until=now + OPENS_DOORS_FOR
        )
        if passed != 1:
            raise CodeExpired("That code was used. Please ask for a new one.")
        announce(step_up_passed, shopper_id=shopper.pk, step_up_id=step_up.pk)
    step_up.refresh_from_db()
    return step_up


def is_passed(*, shopper: Shopper, now: datetime) -> bool:
    """Tell whether a shopper gave back a code lately."""
    return StepUp.objects.filter(shopper=shopper, allowed_until__gt=now).exists()


def forget_old_codes(*, now: datetime) -> int:
    """Delete codes that were sent more than 30 days ago; return how many there were."""
    deleted, _ = StepUp.objects.filter(sent_at__lt=now - KEPT_FOR).delete()
    return deleted


def _lock(shopper: Shopper) -> None:
    """Let no two requests of one shopper get around the count together: their row is the lock."""
    Shopper.objects.select_for_update(no_key=True).get(pk=shopper.pk)


def _take_a_try(step_up: StepUp) -> bool:
    """Take one of a code's tries, before anything is compared: rivals cannot share one."""
    return StepUp.objects.filter(pk=step_up.pk, tries__lt=TRIES).update(tries=F("tries") + 1) == 1


def _is_the_code(step_up: StepUp, shopper: Shopper, typed: str) -> bool:
    return constant_time_compare(step_up.code_hash, _hash(shopper, typed))


def _refuse_too_many(shopper: Shopper, mail_hash: str, now: datetime) -> None:
    by_shopper = StepUp.objects.filter(shopper=shopper, sent_at__gt=now - SENDS_WITHIN["shopper"]).count()
    to_mailbox = StepUp.objects.filter(mail_hash=mail_hash, sent_at__gt=now - SENDS_WITHIN["mailbox"]).count()
    if by_shopper >= SENDS_PER_SHOPPER or to_mailbox >= SENDS_PER_MAILBOX:
        raise TooManyCodes("Several codes are on their way already. Please wait some minutes before the next one.")


def _hash(shopper: Shopper, code: str) -> str:
    return salted_hmac(_SALT, f"{shopper.ref}:{code}", algorithm="sha256").hexdigest()
