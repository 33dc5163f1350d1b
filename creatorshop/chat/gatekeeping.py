"""
Who may open a socket, decided once before anything is sent. Runs in a database thread; the consumers hold no ORM.
"""

from urllib.parse import urlsplit

from django.conf import settings

from drops.audience.origins import is_origin_allowed
from drops.catalog.models import Creator
from drops.errors import NotFound, Refused
from drops.schedule.models import Drop


class OriginNotAllowed(Refused):
    """A page opened the socket that the creator does not let embed the shop."""

    code = "origin_refused"


class NoSuchDrop(NotFound):
    code = "drop_unknown"


def insist_on_origin(*, creator: Creator, origin: str) -> None:
    """
    Do nothing if a socket may be opened from there. A program that is no web page sends no origin and may.

    :raises OriginNotAllowed: if the creator does not list it.
    """
    address = urlsplit(settings.SHOP_URL)
    own = f"{address.scheme}://{address.netloc}"
    if origin and not is_origin_allowed(creator=creator, origin=origin, own=own):
        raise OriginNotAllowed("This page may not use this shop.", origin=origin)


def admit_to_stock(*, drop_ref: str, origin: str) -> int:
    """
    Return the id of a drop whose stock may be watched from an origin.

    :raises NoSuchDrop: if it does not exist or is a draft.
    :raises OriginNotAllowed: if the creator does not list the origin.
    """
    drop = None
    if "\x00" not in drop_ref:
        drop = Drop.objects.visible().select_related("creator").filter(ref=drop_ref).first()
    if drop is None:
        raise NoSuchDrop("There is no such drop.", drop=drop_ref)
    insist_on_origin(creator=drop.creator, origin=origin)
    return drop.pk
