from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction

from drops.audience.hosts import identity_of_host
from drops.audience.identities import remember
from drops.audience.models import IdentityKind, Shopper
from drops.catalog.models import Creator
from drops.errors import NotFound

LASTS = timedelta(days=30)
_SALT = "drops.audience.session"


class SessionInvalid(NotFound):
    """The token is missing, forged, too old, or its shopper is gone."""

    code = "session_invalid"
    status = 401


@dataclass(frozen=True)
class Bearer:
    """Whom a token speaks for, as far as the token itself tells: nobody was asked whether they still exist."""

    shopper_ref: str
    creator_id: int


def open_session(*, creator: Creator, locale: str = "en", time_zone: str = "", device: str = "") -> tuple[Shopper, str]:
    """
    Begin a new shopper at a creator's shop and return them with their bearer token.

    :raises IdentityInvalid: if the device is no random id; nobody is made then.
    """
    with transaction.atomic():
        shopper = Shopper.objects.create(creator=creator, locale=locale, time_zone=time_zone)
        if device:
            remember(shopper=shopper, kind=IdentityKind.DEVICE, value=device)
    return shopper, token_of(shopper=shopper)


def open_identified_session(
    *, creator: Creator, identity_token: str, now: datetime, locale: str = "en", time_zone: str = "", device: str = ""
) -> tuple[Shopper, str, str]:
    """
    Begin a new shopper whom the page that embeds the shop knows, and return them, their token and whom it says they are.

    :raises IdentityRefused, IdentityExpired: if the token is not the host's, or old; nobody is made then.
    :raises IdentityInvalid: if the device is no random id; nobody is made then either.
    """
    with transaction.atomic():
        shopper, token = open_session(creator=creator, locale=locale, time_zone=time_zone, device=device)
        chat = identify(shopper=shopper, identity_token=identity_token, now=now)
    return shopper, token, chat


def identify(*, shopper: Shopper, identity_token: str, now: datetime) -> str:
    """
    Note whom a host page says that a shopper is, and return it; it may say so in the middle of a visit.

    :raises IdentityRefused, IdentityExpired: if the token is not the host's, or old.
    :raises TooManyIdentities: if it is the twenty-first of one shopper.
    """
    chat = identity_of_host(creator=shopper.creator, token=identity_token, now=now)
    remember(shopper=shopper, kind=IdentityKind.CHAT, value=chat)
    return chat


def token_of(*, shopper: Shopper) -> str:
    """Return a bearer token, good for 30 days from now."""
    return _signer().sign(f"{shopper.ref}-{shopper.creator_id}")


def bearer_of_token(token: str) -> Bearer:
    """
    Return whom a bearer token speaks for, without asking the database.

    :raises SessionInvalid: if the token is forged or too old.
    """
    try:
        ref, _, creator_id = _signer().unsign(token, max_age=LASTS).partition("-")
        return Bearer(shopper_ref=ref, creator_id=int(creator_id))
    except (signing.BadSignature, ValueError):
        raise _ended() from None


def shopper_of_token(token: str) -> Shopper:
    """
    Return whom a bearer token speaks for, with their creator loaded.

    :raises SessionInvalid: if the token is forged or too old, or the shopper is gone.
    """
    bearer = bearer_of_token(token)
    try:
        return Shopper.objects.select_related("creator").get(ref=bearer.shopper_ref)
    except Shopper.DoesNotExist:
        raise _ended() from None


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=_SALT, sep=".")


def _ended() -> SessionInvalid:
    return SessionInvalid("This session has ended. Open the shop again.")
