from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from drops.catalog import renditions
from drops.catalog.models import Photo
from drops.catalog.photos import WrongOrder, add_photo, remove_photo, reorder_photos
from drops.catalog.pictures import NotAPicture
from drops.events import photo_added
from drops.tasks import make_missing_renditions, make_renditions
from tests.drops.catalog.pictures import picture_of
from tests.factories import make_product, make_sku

pytestmark = pytest.mark.django_db


def stored(name: str) -> Image.Image:
    with default_storage.open(name) as file:
        image = Image.open(BytesIO(file.read()))
    image.load()
    return image


def test_an_added_photo_is_kept_under_its_ref_with_size_place_and_placeholder():
    sku = make_sku()

    first = add_photo(product=sku.product, data=picture_of(size=(400, 500)), source_name="my cat.jpg")
    second = add_photo(
        product=sku.product, data=picture_of(colour="#b9583a"), sku=sku, alt_text="A mug.", focal_point=(0.4, 0.6)
    )

    second.refresh_from_db()
    assert (first.position, first.width, first.height) == (0, 400, 500)
    assert first.original.name == f"photos/{first.ref}/original.jpg"
    assert first.placeholder.startswith("data:image/webp")
    assert (second.position, second.sku, second.alt_text) == (1, sku, "A mug.")
    assert (second.focal_x, second.focal_y) == (0.4, 0.6)
    assert second.rendition_widths == []


def test_the_same_bytes_again_give_back_the_photo_that_is_there():
    product = make_product()
    photo = add_photo(product=product, data=picture_of(), alt_text="A mug.")

    again = add_photo(product=product, data=picture_of(), alt_text="Another text")

    assert again == photo
    assert Photo.objects.get(product=product).alt_text == "A mug."


def test_a_refused_upload_leaves_nothing_behind():
    product = make_product()

    with pytest.raises(NotAPicture):
        add_photo(product=product, data=b"no picture")

    assert not Photo.objects.exists()
    assert not default_storage.exists("photos")


def test_whoever_listens_hears_of_a_new_photo_once_it_is_committed(django_capture_on_commit_callbacks):
    heard: list[int] = []

    def listen(*, photo_id: int, **_facts: object) -> None:
        heard.append(photo_id)

    photo_added.connect(listen)
    try:
        with django_capture_on_commit_callbacks() as callbacks:
            photo = add_photo(product=make_product(), data=picture_of())
        assert heard == []
        for callback in callbacks:
            callback()
    finally:
        photo_added.disconnect(listen)

    assert heard == [photo.pk]


@pytest.mark.parametrize(
    ("width", "widths"),
    [
        (200, [200]),
        (320, [320]),
        (600, [320, 480, 600]),
        (1280, [320, 480, 640, 960, 1280]),
        (2400, [320, 480, 640, 960, 1280, 1600]),
    ],
)
def test_renditions_are_steps_below_the_width_and_never_larger_than_the_picture(width, widths):
    assert renditions.widths_for(width) == widths


def test_the_task_renders_every_width_in_three_formats():
    photo = add_photo(product=make_product(), data=picture_of(size=(500, 625)))

    make_renditions(photo_id=photo.pk)

    photo.refresh_from_db()
    assert photo.rendition_widths == [320, 480, 500]
    for width, height in [(320, 400), (480, 600), (500, 625)]:
        for extension, kind in [("avif", "AVIF"), ("webp", "WEBP"), ("jpg", "JPEG")]:
            image = stored(photo.rendition_name(width, extension))
            assert (image.format, image.size) == (kind, (width, height))
    assert photo.rendition_url(320, "webp").endswith(f"/photos/{photo.ref}/320.webp")


def test_rendering_twice_or_over_the_rest_of_a_broken_run_gives_the_same_files():
    photo = add_photo(product=make_product(), data=picture_of(size=(300, 300)))
    default_storage.save(photo.rendition_name(300, "webp"), BytesIO(b"half a file"))

    make_renditions(photo_id=photo.pk)
    make_renditions(photo_id=photo.pk)

    folders, files = default_storage.listdir(f"photos/{photo.ref}")
    assert (folders, sorted(files)) == ([], ["300.avif", "300.jpg", "300.webp", "original.jpg"])
    assert stored(photo.rendition_name(300, "webp")).size == (300, 300)


def test_a_photo_that_was_removed_meanwhile_is_left_alone():
    make_renditions(photo_id=123_456)

    assert not default_storage.exists("photos")


def test_the_sweep_finishes_what_no_worker_heard_of_and_passes_over_a_lost_original(caplog):
    product = make_product()
    lost = add_photo(product=product, data=picture_of(size=(330, 330)))
    begun = add_photo(product=product, data=picture_of(size=(700, 700)))
    done = add_photo(product=product, data=picture_of(size=(200, 200)))
    default_storage.delete(lost.original.name)
    renditions.render_first_sizes(photo_id=begun.pk)
    renditions.render_photo(photo_id=done.pk)
    assert set(renditions.photos_lacking_renditions()) == {lost, begun}

    make_missing_renditions()

    begun.refresh_from_db()
    assert begun.rendition_widths == [320, 480, 640, 700]
    assert list(renditions.photos_lacking_renditions()) == [lost]
    assert f"Unable to render photo {lost.pk}" in caplog.text


def test_photos_are_put_in_order_by_naming_each_of_them_once():
    product = make_product()
    one, two = (add_photo(product=product, data=picture_of(colour=colour)) for colour in ("red", "blue"))
    stranger = add_photo(product=make_product(), data=picture_of())

    reorder_photos(product=product, photo_ids=[two.pk, one.pk])

    assert list(Photo.objects.filter(product=product).order_by("position")) == [two, one]
    for wrong in ([one.pk], [one.pk, one.pk], [one.pk, stranger.pk]):
        with pytest.raises(WrongOrder):
            reorder_photos(product=product, photo_ids=wrong)
    assert list(Photo.objects.filter(product=product).order_by("position")) == [two, one]


def test_a_removed_photo_takes_its_files_along(django_capture_on_commit_callbacks):
    photo = add_photo(product=make_product(), data=picture_of(size=(300, 300)))
    renditions.render_photo(photo_id=photo.pk)
    photo.refresh_from_db()

    with django_capture_on_commit_callbacks(execute=True):
        remove_photo(photo=photo)

    assert not Photo.objects.exists()
    assert default_storage.listdir(f"photos/{photo.ref}") == ([], [])
