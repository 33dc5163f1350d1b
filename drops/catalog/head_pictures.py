"""
A creator's own pictures (avatar, banner, portrait, those of extras) in the sizes that pages ask for.

Known by the file's name, whichever field it hangs in: a new picture has a new name, so nothing has to be taken back when
one is exchanged. Until its renditions exist, pages show the file itself.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from io import BytesIO

from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import default_storage
from django.db import models
from PIL import Image

from drops.catalog.extras import Extra
from drops.catalog.models import Creator, Story
from drops.catalog.pictures import placeholder_of
from drops.catalog.renditions import WIDTHS, write_renditions

logger = logging.getLogger(__name__)

# An avatar is 32 pixels wide at the top of a page and 80 in the chat, on screens of up to three pixels for one.
AVATAR_WIDTHS = (96, 192)
EXTRA_WIDTHS = (96, 192)  # 64 pixels beside its choice
SWEPT_AT_ONCE = 10


class HeadPicture(models.Model):
    """How large a creator's picture is, and which renditions of it there are."""

    name = models.CharField(max_length=255, unique=True, help_text="Of the file in the storage.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    placeholder = models.TextField(blank=True, help_text="A tiny picture as a data: address.")
    rendition_widths = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    missing_widths = ArrayField(models.PositiveIntegerField(), default=list, blank=True)

    class Meta:
        app_label = "drops"

    def __str__(self) -> str:
        return self.name

    def rendition_name(self, width: int, extension: str) -> str:
        """Return the storage name of a rendition; it exists once `rendition_widths` lists the width."""
        return f"{self.name.rpartition('.')[0]}/{width}.{extension}"


@dataclass(frozen=True)
class _Hung:
    """A picture that hangs somewhere, and the widths it is shown in."""

    name: str
    steps: tuple[int, ...]


def head_pictures(names: Collection[str]) -> dict[str, HeadPicture]:
    """Return what is known of these files, by their names; asks nothing for no names."""
    wanted = [name for name in names if name]
    return {each.name: each for each in HeadPicture.objects.filter(name__in=wanted)} if wanted else {}


def render_first_sizes_of_heads(*, creator: Creator) -> None:
    """Make the two smallest renditions of a creator's pictures at once, for a page that cannot wait for the sweep."""
    for hung in _hung(Creator.objects.filter(pk=creator.pk)):
        known = HeadPicture.objects.filter(name=hung.name).first() or _look_at(hung)
        _render(known, sorted(known.missing_widths)[: max(0, 2 - len(known.rendition_widths))])


def render_heads_left_behind() -> int:
    """Render some of the pictures that lack renditions, and return how many were dealt with."""
    done = 0
    known = set(HeadPicture.objects.filter(missing_widths=[]).values_list("name", flat=True))
    for hung in _hung(Creator.objects.order_by("pk")):
        if done >= SWEPT_AT_ONCE:
            break
        if hung.name in known:
            continue
        done += 1
        try:
            picture = HeadPicture.objects.filter(name=hung.name).first() or _look_at(hung)
            _render(picture, picture.missing_widths)
        except OSError:
            # A file that storage has lost must not keep the others waiting.
            logger.exception("Unable to render a picture of a creator: %s", hung.name)
    return done


def _hung(creators: models.QuerySet[Creator]) -> Iterator[_Hung]:
    for avatar, banner in creators.values_list("avatar", "banner"):
        if avatar:
            yield _Hung(avatar, AVATAR_WIDTHS)
        if banner:
            yield _Hung(banner, WIDTHS)
    for portrait in Story.objects.filter(creator__in=creators).exclude(portrait="").values_list("portrait", flat=True):
        yield _Hung(portrait, WIDTHS)
    for photo in Extra.objects.filter(creator__in=creators).exclude(photo="").values_list("photo", flat=True):
        yield _Hung(photo, EXTRA_WIDTHS)


def _look_at(hung: _Hung) -> HeadPicture:
    image = _opened(hung.name)
    # The widest step and no wider: the file itself is there for whoever asks for more.
    widths = sorted({*(step for step in hung.steps if step < image.width), min(image.width, hung.steps[-1])})
    picture, _ = HeadPicture.objects.get_or_create(
        name=hung.name,
        defaults={
            "width": image.width,
            "height": image.height,
            "placeholder": placeholder_of(image),
            "missing_widths": widths,
        },
    )
    return picture


def _render(picture: HeadPicture, widths: Collection[int]) -> None:
    if not widths:
        return
    write_renditions(
        storage=default_storage, picture=_opened(picture.name), widths=widths, name_of=picture.rendition_name
    )
    made = sorted({*picture.rendition_widths, *widths})
    missing = sorted(set(picture.missing_widths) - set(widths))
    HeadPicture.objects.filter(pk=picture.pk).update(rendition_widths=made, missing_widths=missing)


def _opened(name: str) -> Image.Image:
    with default_storage.open(name) as file:
        return Image.open(BytesIO(file.read())).convert("RGB")
