"""
The composed picture of a preview: what is on it, when it is shown, and what it may weigh.
"""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image, ImageStat

from creatorshop.storefront import posters
from creatorshop.storefront.drawing import LARGEST_BYTES, SIZE, Words, draw_poster
from creatorshop.storefront.models import Poster
from creatorshop.storefront.tasks import draw_missing_posters
from drops.clock import database_now
from tests.storefront.stalls import Stall, make_stall
from tests.storefront.test_previews import meta

WORDS = Words(title="Ring mug", price="€39.14", creator="Kiln & Tide")
PAPER = (247, 246, 241)
LEFT = (0, 0, 600, 630)


def drawn(words: Words = WORDS, photo: Image.Image | None = None, **given: Any) -> Image.Image:
    photo = photo or Image.new("RGB", (800, 1000), "#336699")
    return Image.open(BytesIO(draw_poster(photo=photo, focal=(0.5, 0.5), words=words, **given)))


def ink_in(picture: Image.Image, box: tuple[int, int, int, int]) -> int:
    """Return how many pixels of a part of the words' side are darker than paper."""
    grey = picture.crop(box).convert("L").point(lambda value: 255 if value < 150 else 0)
    return int(ImageStat.Stat(grey).sum[0] / 255)


def test_a_poster_has_the_size_that_chats_show_large_and_the_photo_on_its_right() -> None:
    poster = drawn()

    assert (poster.size, poster.format) == (SIZE, "JPEG")
    red, green, blue = poster.getpixel((900, 315))  # type: ignore[misc]
    assert abs(red - 0x33) < 6
    assert abs(green - 0x66) < 6
    assert abs(blue - 0x99) < 6


def test_a_photo_full_of_noise_still_fits_the_smallest_chat() -> None:
    noise = Image.effect_noise((1600, 2000), 200).convert("RGB")

    data = draw_poster(photo=noise, focal=(0.5, 0.5), words=WORDS)

    assert len(data) <= LARGEST_BYTES


def test_the_focal_point_stays_in_the_picture() -> None:
    halves = Image.new("RGB", (2000, 500), "#ffffff")
    halves.paste("#000000", (1000, 0, 2000, 500))

    left = Image.open(BytesIO(draw_poster(photo=halves, focal=(0.0, 0.5), words=WORDS)))
    right = Image.open(BytesIO(draw_poster(photo=halves, focal=(1.0, 0.5), words=WORDS)))

    assert left.getpixel((900, 300)) == (255, 255, 255)
    assert right.getpixel((900, 300)) == (0, 0, 0)


@pytest.mark.parametrize(
    "title", ["Ring mug", "A very long name " * 12, "Donaudampfschifffahrtsgesellschaftskapitänsmütze"]
)
def test_no_title_leaves_its_place(title: str) -> None:
    poster = drawn(Words(title=title, price="€39.14", creator="Kiln & Tide"))

    assert ink_in(poster, (60, 120, 540, 480)) > 500
    assert ink_in(poster, (545, 0, 598, 630)) == 0  # the margin before the photo
    assert ink_in(poster, (0, 0, 55, 630)) == 0


def test_letters_that_the_font_lacks_are_left_out_and_never_boxes() -> None:
    poster = drawn(Words(title="خاتم", price="€39.14", creator="Kiln & Tide"))

    assert ink_in(poster, (0, 120, 600, 480)) == 0
    assert ink_in(poster, (60, 500, 540, 630)) > 200


@pytest.fixture
def stall(settings: Any) -> Stall:
    settings.SHOP_URL = "http://127.0.0.1:8000"
    made = make_stall()
    for photo in made.product.photos.all():
        file = BytesIO()
        Image.new("RGB", (800, 1000), "#336699").save(file, "JPEG")
        default_storage.save(str(photo.original.name), ContentFile(file.getvalue()))
    return made


@pytest.mark.django_db(transaction=True)
def test_a_link_shows_the_photo_until_a_worker_has_drawn_the_poster(client: Client, stall: Stall) -> None:
    before = meta(client.get(stall.url))["og:image"]

    draw_missing_posters()

    poster = Poster.objects.get(product=stall.product)
    said = meta(client.get(stall.url))
    assert "/photos/" in before
    assert said["og:image"] == f"http://127.0.0.1:8000{poster.url}"
    assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
    assert said["og:image:alt"].startswith("Ring mug by Kiln & Tide.")
    assert default_storage.exists(poster.name)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["price", "title", "photo"])
def test_a_poster_that_is_no_longer_true_is_not_shown_and_drawn_anew(client: Client, stall: Stall, change: str) -> None:
    draw_missing_posters()
    old = Poster.objects.get(product=stall.product)
    if change == "price":
        stall.product.skus.update(price_minor=4000)
    elif change == "title":
        stall.product.title = "Ring cup"
        stall.product.save()
    else:
        stall.product.photos.order_by("position").first().delete()  # type: ignore[union-attr]

    assert "/photos/" in meta(client.get(stall.url))["og:image"]
    assert posters.draw_missing_posters(now=database_now()) >= 1

    new = Poster.objects.get(product=stall.product)
    assert new.url != old.url
    assert meta(client.get(stall.url))["og:image"].endswith(new.url)
    assert not default_storage.exists(old.name)


@pytest.mark.django_db(transaction=True)
def test_what_is_up_to_date_is_not_drawn_again(stall: Stall) -> None:
    assert posters.draw_missing_posters(now=database_now()) == 2  # the product's and the capsule's
    assert posters.draw_missing_posters(now=database_now()) == 0


@pytest.mark.django_db(transaction=True)
def test_a_capsule_has_a_poster_of_its_own(client: Client, stall: Stall) -> None:
    draw_missing_posters()

    poster = Poster.objects.get(capsule=stall.capsule)
    assert meta(client.get("/kiln-and-tide/c/batch-07/"))["og:image"] == f"http://127.0.0.1:8000{poster.url}"


@pytest.mark.django_db(transaction=True)
def test_things_of_one_name_have_posters_of_their_own(stall: Stall) -> None:
    stall.capsule.title = stall.product.title
    stall.capsule.save()
    draw_missing_posters()
    stall.product.title = "Ring cup"
    stall.product.save()

    draw_missing_posters()

    assert default_storage.exists(Poster.objects.get(capsule=stall.capsule).name)


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_storage_has_lost_keeps_no_other_waiting(stall: Stall, caplog: pytest.LogCaptureFixture) -> None:
    photo = stall.product.photos.order_by("position").first()
    assert photo is not None
    default_storage.delete(str(photo.original.name))

    assert posters.draw_missing_posters(now=database_now()) == 0

    assert not Poster.objects.exists()
    assert "Unable to draw the poster of Ring mug" in caplog.text
