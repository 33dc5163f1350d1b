"""
Who is in the chat right now. An open socket says little: most tabs are open while nobody looks.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from creatorshop.chat.models import ThreadEvent

LOOKS_FOR = timedelta(minutes=2)  # after the last thing that somebody did there
_DEEDS = ("opened", "action", "hold", "form", "text")  # the kinds of a client's events


def is_in_thread(*, shopper_id: int, now: datetime) -> bool:
    """Tell whether a shopper did something in their chat a moment ago, so that what is said there now is read there."""
    lately = ThreadEvent.objects.filter(thread__shopper_id=shopper_id, received_at__gt=now - LOOKS_FOR)
    return lately.filter(kind__in=_DEEDS).exists()
