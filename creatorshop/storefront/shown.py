"""
When a price was first shown on a page, carried through its form and signed, so that it comes back as it was written.
"""

from datetime import datetime

from django.core import signing

from creatorshop.storefront import wording

_SALT = "creatorshop.storefront.shown"


def shown_mark(now: datetime) -> str:
    """Return what a page's form carries to say when it was made."""
    return signing.Signer(salt=_SALT).sign(wording.iso(now))


def shown_at(mark: str) -> datetime | None:
    """Return when the page of a form was made, or None if its mark is missing or forged."""
    try:
        return datetime.fromisoformat(signing.Signer(salt=_SALT).unsign(mark))
    except (signing.BadSignature, ValueError):
        return None
