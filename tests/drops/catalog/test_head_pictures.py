"""
A creator's own pictures in the sizes that pages ask for.
"""

from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from drops.catalog.head_pictures import (
    HeadPicture,
    head_pictures,
    render_first_sizes_of_heads,
    render_heads_left_behind,
)
from drops.catalog.models import Creator, Story
from drops.tasks import make_missing_renditions
from tests.drops.catalog.pictures import picture_of
from tests.factories import make_creator

pytestmark = pytest.mark.django_db


def hang(creator: Creator, field: str, *, size: tuple[int, int]) -> str:
    getattr(creator, field).save(f"{field}.jpg", ContentFile(picture_of("JPEG", size=size)))
    return str(getattr(creator, field).name)


def test_banner_avatar_and_portrait_get_the_sizes_they_are_shown_in():
    creator = make_creator()
    banner, avatar = hang(creator, "banner", size=(1000, 500)), hang(creator, "avatar", size=(320, 320))
    story = Story.objects.create(creator=creator, title="Ines", body_html="<p>Clay.</p>", portrait_alt="Ines")
    story.portrait.save("ines.jpg", ContentFile(picture_of("JPEG", size=(400, 500))))

    make_missing_renditions.apply(throw=True)

    known = head_pictures([banner, avatar, str(story.portrait.name)])
    assert known[banner].rendition_widths == [320, 480, 640, 960, 1000]
    assert known[avatar].rendition_widths == [96, 192]
    assert known[str(story.portrait.name)].rendition_widths == [320, 400]
    for each in known.values():
        assert each.missing_widths == []
        assert each.placeholder.startswith("data:image/webp;base64,")
        for width in each.rendition_widths:
            for extension, kind in (("avif", "AVIF"), ("webp", "WEBP"), ("jpg", "JPEG")):
                with default_storage.open(each.rendition_name(width, extension)) as file:
                    image = Image.open(BytesIO(file.read()))
                assert (image.format, image.width) == (kind, width)


def test_two_sizes_are_there_at_once_and_the_others_follow():
    creator = make_creator()
    banner = hang(creator, "banner", size=(1000, 500))

    render_first_sizes_of_heads(creator=creator)
    first = HeadPicture.objects.get(name=banner)
    done = render_heads_left_behind()

    assert (first.rendition_widths, first.missing_widths) == ([320, 480], [640, 960, 1000])
    assert (done, HeadPicture.objects.get(name=banner).missing_widths) == (1, [])
    assert render_heads_left_behind() == 0


def test_a_new_banner_is_another_picture():
    creator = make_creator()
    before = hang(creator, "banner", size=(400, 300))
    render_heads_left_behind()

    after = hang(creator, "banner", size=(330, 300))
    render_heads_left_behind()

    assert before != after
    assert head_pictures([after])[after].rendition_widths == [320, 330]


def test_a_file_that_is_lost_keeps_no_other_from_being_rendered(caplog):
    lost, other = make_creator(banner="creators/lost.jpg"), make_creator()
    banner = hang(other, "banner", size=(330, 300))

    render_heads_left_behind()

    assert [each.name for each in HeadPicture.objects.all()] == [banner]
    assert lost.banner.name in caplog.text


def test_nothing_is_asked_for_creators_without_pictures(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert head_pictures(["", ""]) == {}
