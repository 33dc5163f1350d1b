"""
Keeping posters up to date: drawn by a worker whenever what is on them has changed, and shown only while all of it is true.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from io import BytesIO

from django.core.files.storage import default_storage
from PIL import Image

from creatorshop.storefront.drawing import SIZE, draw_poster
from creatorshop.storefront.models import Poster, poster_name
from creatorshop.storefront.previews import Image as PreviewImage
from creatorshop.storefront.references import absolute
from creatorshop.storefront.subjects import Subject, subjects
from drops.catalog.renditions import keep_file

logger = logging.getLogger(__name__)

DRAWN_AT_ONCE = 20
# Chats come back for a picture long after they read the page that named it.
KEPT_FOR = timedelta(days=7)


def poster_image(subject: Subject | None) -> PreviewImage | None:
    """Return the poster of something that says what is true now, if it has been drawn."""
    poster = Poster.objects.filter(digest=subject.digest).first() if subject is not None else None
    if subject is None or poster is None:
        return None
    return PreviewImage(absolute(poster.url), subject.alt, *SIZE)


def draw_missing_posters(*, now: datetime) -> int:
    """Draw some of the posters that are missing, retire those that are no longer true, and return how many were drawn."""
    wanted = {subject.digest: subject for subject in subjects(now=now)}
    known = dict(Poster.objects.values_list("digest", "retired_at"))
    untrue = [digest for digest, retired_at in known.items() if retired_at is None and digest not in wanted]
    Poster.objects.filter(digest__in=untrue, retired_at=None).update(retired_at=now)
    # A price that went back to what it was has its poster still.
    true_again = [digest for digest, retired_at in known.items() if retired_at is not None and digest in wanted]
    Poster.objects.filter(digest__in=true_again).update(retired_at=None)
    drawn = 0
    for digest, subject in wanted.items():
        if drawn == DRAWN_AT_ONCE:
            break
        if digest in known:
            continue
        try:
            _draw(subject)
        except OSError:
            # One original that storage has lost must not keep all later ones waiting.
            logger.exception("Unable to draw the poster of %s", subject.thing)
            continue
        drawn += 1
    return drawn


def forget_retired_posters(*, now: datetime) -> int:
    """Remove the posters that have not been true for a week, with their files, and return how many."""
    forgotten = list(Poster.objects.filter(retired_at__lte=now - KEPT_FOR))
    for poster in forgotten:
        # The row goes first: without its file a page would show a picture that is not there.
        poster.delete()
        default_storage.delete(poster.name)
    return len(forgotten)


def _draw(subject: Subject) -> None:
    with default_storage.open(subject.photo) as file:
        photo = Image.open(BytesIO(file.read()), formats=("JPEG",))
    data = draw_poster(photo=photo, focal=subject.focal, words=subject.words, accent=subject.accent)
    keep_file(default_storage, poster_name(subject.digest), data)
    # Another worker may have drawn it in this moment; theirs is the same picture.
    Poster.objects.get_or_create(digest=subject.digest, defaults={subject.kind: subject.thing})
