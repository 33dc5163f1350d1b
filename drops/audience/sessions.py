from datetime import timedelta

from django.core import signing

from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.errors import NotFound

LASTS = timedelta(days=30)
_SALT = "drops.audience.session"


class SessionInvalid(NotFound):
    """The token is missing, forged, too old, or its shopper is gone."""

    code = "session_invalid"
    status = 401


def open_session(*, creator: Creator, locale: str = "en", time_zone: str = "") -> tuple[Shopper, str]:
    """Begin a new shopper at a creator's shop and return them with their bearer token."""
    shopper = Shopper.objects.create(creator=creator, locale=locale, time_zone=time_zone)
    return shopper, token_of(shopper=shopper)


def token_of(*, shopper: Shopper) -> str:
    """Return a bearer token, good for 30 days from now."""
    return signing.TimestampSigner(salt=_SALT, sep=".").sign(shopper.ref)


def shopper_of_token(token: str) -> Shopper:
    """
    Return whom a bearer token speaks for, with their creator loaded.

    :raises SessionInvalid: if the token is forged or too old, or the shopper is gone.
    """
    try:
        ref = signing.TimestampSigner(salt=_SALT, sep=".").unsign(token, max_age=LASTS)
        return Shopper.objects.select_related("creator").get(ref=ref)
    except (signing.BadSignature, Shopper.DoesNotExist):
        raise SessionInvalid("This session has ended. Open the shop again.") from None
