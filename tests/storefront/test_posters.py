"""
The composed picture of a preview: what is on it, when it is shown, and what it may weigh.
"""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings as shop_settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.test import Client
from PIL import Image, ImageFont, ImageStat

from creatorshop.storefront import posters
from creatorshop.storefront.drawing import DISPLAY_HAS, LARGEST_BYTES, SIZE, TEXT_HAS, Words, draw_poster
from creatorshop.storefront.models import Poster
from creatorshop.storefront.subjects import subjects
from creatorshop.storefront.tasks import draw_missing_posters
from drops.catalog.models import ProductState
from drops.clock import database_now
from drops.schedule.models import DropState
from tests.factories import make_drop, make_drop_sku, make_photo, make_product, make_sku
from tests.storefront.programs import meta
from tests.storefront.stalls import Stall, make_stall

WORDS = Words(above="Kiln & Tide", title="Ring mug", price="€39.14", below="with all fees, before delivery")
PAPER = (247, 246, 241)
LEFT = (0, 0, 600, 630)


def drawn(words: Words = WORDS, photo: Image.Image | None = None, **given: Any) -> Image.Image:
    photo = photo or Image.new("RGB", (800, 1000), "#336699")
    return Image.open(BytesIO(draw_poster(photo=photo, focal=(0.5, 0.5), words=words, **given)))


def draw_poster_of(title: str) -> bytes:
    return draw_poster(photo=Image.new("RGB", (80, 100)), focal=(0.5, 0.5), words=replace(WORDS, title=title))


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
    poster = drawn(replace(WORDS, title=title))

    assert ink_in(poster, (60, 120, 540, 480)) > 500
    assert ink_in(poster, (545, 0, 598, 630)) == 0  # the margin before the photo
    assert ink_in(poster, (0, 0, 55, 630)) == 0


def test_a_word_of_any_length_is_read_to_its_end() -> None:
    """47 letters, which no size has room for on one line: the second line is not empty."""
    poster = drawn(replace(WORDS, title="Donaudampfschifffahrtsgesellschaftskapitänsmütze"))

    assert ink_in(poster, (60, 184, 540, 480)) > 300


@pytest.mark.parametrize("title", ["خاتم", "指輪のマグ", "Кружка", "Ring mug ✨", "Kubek łódź"])
def test_letters_that_the_font_lacks_are_left_out_and_never_boxes(title: str) -> None:
    poster = drawn(replace(WORDS, title=title))

    assert ink_in(poster, (0, 120, 600, 480)) == 0
    assert ink_in(poster, (60, 500, 540, 630)) > 200


@pytest.mark.parametrize(("name", "letters"), [("bricolage-grotesque", DISPLAY_HAS), ("instrument-sans", TEXT_HAS)])
def test_every_letter_that_is_drawn_is_in_its_font(name: str, letters: frozenset[str]) -> None:
    font = ImageFont.truetype(shop_settings.BASE_DIR / "static" / "fonts" / f"{name}.woff2", 40)

    assert [letter for letter in letters - {" "} if not any(font.getmask(letter))] == []


def test_a_letter_that_came_in_two_parts_is_drawn_as_one() -> None:
    whole, *others = (draw_poster_of(title) for title in ("Café noir", "Cafe\u0301 noir", "Ca\xadfé\xa0noir"))

    assert others == [whole, whole]


def test_a_shop_has_its_sentence_where_a_product_has_its_price() -> None:
    words = Words(
        above="Creatorshop", title="Kiln & Tide", below="Stoneware from a small kiln, sold by the firing. " * 3
    )

    poster = drawn(words)

    assert ink_in(poster, (60, 480, 540, 615)) > 500
    assert ink_in(poster, (545, 0, 598, 630)) == 0
    assert ink_in(poster, (0, 615, 598, 630)) == 0


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
@pytest.mark.parametrize("change", ["price", "title", "photo", "focal point", "name", "accent"])
def test_a_poster_that_is_no_longer_true_is_not_shown_and_drawn_anew(client: Client, stall: Stall, change: str) -> None:
    draw_missing_posters()
    old = Poster.objects.get(product=stall.product)
    if change == "price":
        stall.product.skus.update(price_minor=4000)
    elif change == "title":
        stall.product.title = "Ring cup"
        stall.product.save()
    elif change == "photo":
        stall.product.photos.order_by("position").first().delete()  # type: ignore[union-attr]
    elif change == "focal point":
        stall.product.photos.update(focal_x=0.1)
    elif change == "name":
        stall.creator.name = "Kiln & Sea"
        stall.creator.save()
    else:
        stall.creator.accent = "#23346b"
        stall.creator.save()

    assert "/photos/" in meta(client.get(stall.url))["og:image"]
    assert posters.draw_missing_posters(now=database_now()) >= 1

    new = Poster.objects.get(product=stall.product, retired_at=None)
    assert new.url != old.url
    assert meta(client.get(stall.url))["og:image"].endswith(new.url)
    assert default_storage.exists(new.name)


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_a_chat_may_come_back_for_stays_a_week(stall: Stall) -> None:
    now = database_now()
    posters.draw_missing_posters(now=now)
    old = Poster.objects.get(product=stall.product)
    stall.product.skus.update(price_minor=4000)
    posters.draw_missing_posters(now=now)

    assert posters.forget_retired_posters(now=now + timedelta(days=7, seconds=-1)) == 0
    assert default_storage.exists(old.name)
    assert posters.forget_retired_posters(now=now + timedelta(days=7)) == 2  # the product's and the capsule's

    assert not default_storage.exists(old.name)
    assert not Poster.objects.filter(digest=old.digest).exists()
    assert default_storage.exists(Poster.objects.get(product=stall.product).name)


@pytest.mark.django_db(transaction=True)
def test_a_price_that_goes_back_has_its_poster_still(client: Client, stall: Stall) -> None:
    now = database_now()
    posters.draw_missing_posters(now=now)
    first = Poster.objects.get(product=stall.product)
    for price in (4000, 3800):
        stall.product.skus.update(price_minor=price)
        drawn_now = posters.draw_missing_posters(now=now)

    assert drawn_now == 0
    assert meta(client.get(stall.url))["og:image"].endswith(first.url)
    posters.forget_retired_posters(now=now + timedelta(days=8))
    assert default_storage.exists(first.name)


@pytest.mark.django_db(transaction=True)
def test_what_is_no_longer_shown_loses_its_poster_in_a_week(stall: Stall) -> None:
    now = database_now()
    posters.draw_missing_posters(now=now)
    stall.product.state = ProductState.ARCHIVED
    stall.product.save()
    names = [poster.name for poster in Poster.objects.all()]

    assert posters.draw_missing_posters(now=now) == 0
    posters.forget_retired_posters(now=now + timedelta(days=7))

    assert Poster.objects.count() == 0
    assert not any(default_storage.exists(name) for name in names)


@pytest.mark.django_db(transaction=True)
def test_what_was_deleted_takes_its_posters_file_along_in_a_week(stall: Stall) -> None:
    product = make_product(capsule=stall.capsule, handle="bowl")
    make_photo(product=product, original=str(stall.product.photos.earliest("pk").original.name))
    now = database_now()
    posters.draw_missing_posters(now=now)
    poster = Poster.objects.get(product=product)

    product.delete()

    assert posters.draw_missing_posters(now=now) == 0
    poster.refresh_from_db()
    assert (poster.product, poster.retired_at) == (None, now)
    assert str(poster) == "Poster of what is gone"
    assert posters.forget_retired_posters(now=now + timedelta(days=7, seconds=-1)) == 0
    assert default_storage.exists(poster.name)
    posters.forget_retired_posters(now=now + timedelta(days=7))
    assert not default_storage.exists(poster.name)
    assert not Poster.objects.filter(digest=poster.digest).exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_up_to_date_is_not_drawn_again(stall: Stall) -> None:
    assert posters.draw_missing_posters(now=database_now()) == 3  # the product's, the capsule's and the shop's
    assert posters.draw_missing_posters(now=database_now()) == 0


@pytest.mark.django_db(transaction=True)
def test_more_products_are_compared_with_no_more_queries(stall: Stall, django_assert_num_queries: Any) -> None:
    for number in range(3):
        product = make_product(capsule=stall.capsule, handle=f"bowl-{number}")
        make_drop_sku(drop=stall.drop, sku=make_sku(product=product))

    with django_assert_num_queries(8):
        list(subjects(now=stall.drop.opens_at))


@pytest.mark.django_db(transaction=True)
def test_the_worker_sees_a_price_as_the_page_does(client: Client, stall: Stall) -> None:
    """The capsule is sold again soon, but without the mug, whose page goes on speaking of the drop that had it."""
    stall.drop.state, stall.drop.closed_at = DropState.CLOSED, database_now()
    stall.drop.save()
    make_sku(product=stall.product, code="RM-NEW", price_minor=1000)
    later = make_drop(capsule=stall.capsule, state=DropState.SCHEDULED, opens_at=database_now() + timedelta(hours=1))
    make_drop_sku(drop=later, sku=make_sku(product=make_product(capsule=stall.capsule)))

    draw_missing_posters()

    said = meta(client.get(stall.url))
    assert said["twitter:data1"] == "€39.14"
    assert said["og:image"].endswith(Poster.objects.get(product=stall.product).url)


@pytest.mark.django_db(transaction=True)
def test_a_capsule_has_a_poster_of_its_own(client: Client, stall: Stall) -> None:
    draw_missing_posters()

    poster = Poster.objects.get(capsule=stall.capsule)
    assert meta(client.get("/kiln-and-tide/c/batch-07/"))["og:image"] == f"http://127.0.0.1:8000{poster.url}"


@pytest.mark.django_db(transaction=True)
def test_a_shop_has_one_too_and_the_first_page_shows_the_first_shop_s(client: Client, stall: Stall) -> None:
    draw_missing_posters()

    poster = Poster.objects.get(creator=stall.creator)
    for path in ("/", "/kiln-and-tide/"):
        said = meta(client.get(path))
        assert said["og:image"] == f"http://127.0.0.1:8000{poster.url}"
        assert (said["og:image:width"], said["og:image:height"]) == ("1200", "630")
        assert said["og:image:alt"] == "Kiln & Tide. Sage green stoneware mug with carved rings."


@pytest.mark.django_db(transaction=True)
def test_a_shop_with_a_banner_shows_it_on_its_poster(client: Client, stall: Stall) -> None:
    file = BytesIO()
    Image.new("RGB", (1920, 1080), "#993333").save(file, "JPEG")
    stall.creator.banner.save("kiln.jpg", ContentFile(file.getvalue()))
    stall.creator.banner_alt = "Mugs on a shelf."
    stall.creator.save()

    draw_missing_posters()

    poster = Poster.objects.get(creator=stall.creator)
    with default_storage.open(poster.name) as kept:
        red, green, blue = Image.open(BytesIO(kept.read())).getpixel((900, 315))  # type: ignore[misc]
    assert (red > 140, green < 70, blue < 70) == (True, True, True)
    assert meta(client.get("/kiln-and-tide/"))["og:image:alt"] == "Kiln & Tide. Mugs on a shelf."
    assert meta(client.get("/"))["og:image"].endswith(poster.url)


@pytest.mark.django_db(transaction=True)
def test_things_of_one_name_have_posters_of_their_own(stall: Stall) -> None:
    stall.capsule.title = stall.product.title
    stall.capsule.save()

    draw_missing_posters()

    assert Poster.objects.get(capsule=stall.capsule).name != Poster.objects.get(product=stall.product).name


@pytest.mark.django_db(transaction=True)
def test_a_poster_is_of_one_thing_at_most(stall: Stall) -> None:
    two = {"product": stall.product, "capsule": stall.capsule}
    for things in (two, two | {"creator": stall.creator}):
        with pytest.raises(IntegrityError, match="poster_of_one_thing_at_most"):
            Poster.objects.create(digest="0" * 32, **things)


@pytest.mark.django_db(transaction=True)
def test_a_photo_that_storage_has_lost_keeps_no_other_waiting(stall: Stall, caplog: pytest.LogCaptureFixture) -> None:
    photo = stall.product.photos.order_by("position").first()
    assert photo is not None
    default_storage.delete(str(photo.original.name))
    other = make_product(capsule=stall.capsule, handle="bowl", position=1)
    kept = make_photo(product=other)
    file = BytesIO()
    Image.new("RGB", (80, 100)).save(file, "JPEG")
    default_storage.save(str(kept.original.name), ContentFile(file.getvalue()))

    assert posters.draw_missing_posters(now=database_now()) == 1

    assert Poster.objects.get().product == other
    assert "Unable to draw the poster of Ring mug" in caplog.text
