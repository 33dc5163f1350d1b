from io import BytesIO

import pytest
from PIL import Image, ImageCms

from drops.catalog.pictures import PLACEHOLDER_BYTES, NotAPicture, clean_picture
from tests.drops.catalog.pictures import left_red_right_blue, picture_of, png_that_claims


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_four_formats_of_photographs_become_a_jpeg_of_the_same_size(kind):
    picture = clean_picture(picture_of(kind, size=(90, 120)))

    written = opened(picture.data)
    assert (written.format, written.mode, written.size) == ("JPEG", "RGB", (90, 120))
    assert (picture.width, picture.height) == (90, 120)


def test_a_photo_taken_sideways_stands_upright_and_forgets_where_it_was_taken():
    picture = clean_picture(left_red_right_blue(turned=6))  # turn it a quarter to the right to see it

    written = opened(picture.data)
    assert written.size == (40, 60)
    top, bottom = written.getpixel((20, 5)), written.getpixel((20, 55))
    assert top[0] > 200 and top[2] < 60 and bottom[2] > 200 and bottom[0] < 60
    assert len(written.getexif()) == 0
    assert b"Rua do Sol" not in picture.data and b"secret" not in picture.data


def test_a_cut_out_is_shown_on_white():
    picture = clean_picture(picture_of("PNG", colour=(255, 0, 0, 0)))

    assert opened(picture.data).getpixel((10, 10)) == (255, 255, 255)


def test_colours_of_another_profile_are_turned_into_srgb_and_the_profile_is_gone():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))

    picture = clean_picture(picture_of("JPEG", colour="#336699", icc_profile=profile.tobytes()))

    assert "icc_profile" not in opened(picture.data).info


def test_sixteen_bits_of_grey_are_scaled_down_and_not_cut_off():
    written = BytesIO()
    Image.new("I;16", (8, 8), 0x8000).save(written, "PNG")

    picture = clean_picture(written.getvalue())

    assert opened(picture.data).getpixel((4, 4)) == (128, 128, 128)


def test_the_placeholder_is_a_few_hundred_bytes_that_a_browser_can_show():
    picture = clean_picture(picture_of("JPEG", size=(1280, 1600)))

    assert picture.placeholder.startswith("data:image/webp;base64,")
    assert len(picture.placeholder) <= PLACEHOLDER_BYTES


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "none of JPEG, PNG, WebP and AVIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "none of JPEG, PNG, WebP and AVIF"),
        (b"<?php system($_GET['c']); ?>", "none of JPEG, PNG, WebP and AVIF"),
        (picture_of("GIF"), "none of JPEG, PNG, WebP and AVIF"),
        (picture_of("BMP"), "none of JPEG, PNG, WebP and AVIF"),
        (picture_of("JPEG")[:-600], "damaged"),
        (picture_of("PNG", size=(300, 300))[:200], "damaged"),
        (png_that_claims(60, 60), "damaged"),
        (png_that_claims(9000, 9000), "9000 × 9000 pixels"),
        (png_that_claims(12_000, 12_000), "more than 50 million"),
        (png_that_claims(30_000, 30_000), "more than 50 million"),
        (png_that_claims(20_000, 10), "20000 × 10 pixels"),
        (b"\xff\xd8" + b"\0" * (25 * 1024 * 1024), "25 MB is the most"),
    ],
    ids=[
        "empty",
        "svg",
        "php",
        "gif",
        "bmp",
        "cut jpeg",
        "cut png",
        "short png",
        "81 MP",
        "144 MP",
        "bomb",
        "strip",
        "big",
    ],
)
def test_what_is_no_photo_or_too_much_of_one_is_refused(data, sentence):
    with pytest.raises(NotAPicture, match=sentence):
        clean_picture(data)
