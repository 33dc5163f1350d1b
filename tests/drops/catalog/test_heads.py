from io import BytesIO

import pytest
from PIL import Image

from drops.catalog.heads import avatar_picture, banner_picture
from drops.catalog.pictures import NotAPicture
from tests.drops.catalog.pictures import left_red_right_blue, picture_of, png_that_claims


@pytest.mark.parametrize(
    ("made", "size", "becomes"),
    [
        (avatar_picture, (1200, 900), (320, 240)),
        (avatar_picture, (100, 100), (100, 100)),
        (banner_picture, (2400, 1350), (1920, 1080)),
    ],
)
def test_a_head_is_no_larger_than_it_is_shown(made, size, becomes):
    picture = Image.open(BytesIO(made(picture_of("PNG", size=size))))

    assert (picture.format, picture.size) == ("JPEG", becomes)


def test_an_avatar_forgets_where_it_was_taken_and_stands_upright():
    written = avatar_picture(left_red_right_blue(turned=6))

    assert Image.open(BytesIO(written)).size == (40, 60)
    assert b"Rua do Sol" not in written and b"secret" not in written


def test_a_bomb_is_no_banner():
    with pytest.raises(NotAPicture):
        banner_picture(png_that_claims(60_000, 60_000))
