import os
import stat
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from drops.catalog.imports.photo_sources import (
    NoSuchFolder,
    PhotoSource,
    UnsafeArchive,
    photos_in_folder,
    photos_in_zip,
)
from drops.catalog.models import Photo, Product
from tests.drops.catalog.pictures import picture_of
from tests.drops.catalog.sheets import CUPS, catalogue, deeds, rehearse, take_in
from tests.factories import make_creator

RED, BLUE, SHELF = picture_of(colour="red"), picture_of(colour="blue"), picture_of("PNG", colour="#ccc")
GIVEN = {"cup-red_grande.jpg": RED, "deeper/CUP-BLUE.JPG": BLUE, "cup shelf_925x.png": SHELF}


def folder_of(path: Path, files: dict[str, bytes]) -> PhotoSource:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return photos_in_folder(path)


def zip_of(files: dict[str, bytes], **how: Any) -> BytesIO:
    written = BytesIO()
    with ZipFile(written, "w", **how) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    written.seek(0)
    return written


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_photos_are_found_by_name_and_go_to_their_product_place_and_sku(kind, tmp_path):
    creator = make_creator()
    photos = folder_of(tmp_path, GIVEN) if kind == "folder" else photos_in_zip(zip_of(GIVEN))

    report = take_in(creator, CUPS, photos=photos)

    assert (report.refusals, report.missing_photos) == ([], [])
    assert deeds(report)["photo"] == (3, 0, 0)
    facts = Photo.objects.order_by("position").values_list("source_name", "alt_text", "sku__code", "product__handle")
    assert list(facts) == [
        ("cup-red.jpg", "A red tin cup.", "CUP-RED-S", "tin-cup"),
        ("cup-blue.jpg", "", "TIN-CUP-BLUE-SMALL", "tin-cup"),
        ("cup shelf.jpeg", "Three cups on a shelf.", None, "tin-cup"),
    ]


@pytest.mark.django_db
def test_the_same_photos_again_change_nothing_and_neither_does_leaving_them_out(tmp_path):
    creator = make_creator()
    photos = folder_of(tmp_path, GIVEN)
    take_in(creator, CUPS, photos=photos)
    before = catalogue(creator)

    again = take_in(creator, CUPS, photos=photos)
    without = take_in(creator, CUPS)

    assert deeds(again)["photo"] == deeds(without)["photo"] == (0, 0, 3)
    assert not again.has_changes and not without.has_changes
    assert catalogue(creator) == before


@pytest.mark.django_db
def test_missing_photos_are_named_with_line_and_product(tmp_path):
    report = take_in(make_creator(), CUPS, photos=folder_of(tmp_path, {"cup-red.jpg": RED}))

    assert list(report.lines())[-7:-4] == [
        "Missing among the photos (2):",
        "  line 5: cup-blue.jpg, of Tin cup",
        "  line 7: cup shelf.jpeg, of Tin cup",
    ]


@pytest.mark.django_db
def test_without_any_photos_one_line_says_how_many_the_file_names():
    report = take_in(make_creator(), CUPS)

    assert "3 photos are named in the file and no photos were given." in list(report.lines())


@pytest.mark.django_db
def test_a_picture_that_cannot_be_decoded_is_refused_by_line_and_stops_no_other(tmp_path):
    creator = make_creator()
    photos = folder_of(tmp_path, GIVEN | {"cup-red_grande.jpg": b"<svg/>"})

    rehearsed = rehearse(creator, CUPS, photos=photos)
    report = take_in(creator, CUPS, photos=photos)
    again = take_in(creator, CUPS, photos=photos)

    said = "line 2, Image Src: cup-red.jpg: The file is damaged, or it is none of JPEG, PNG, WebP and AVIF."
    assert [str(each) for each in rehearsed.refusals] == [str(each) for each in report.refusals] == [said]
    assert list(Photo.objects.order_by("position").values_list("source_name", flat=True)) == [
        "cup-blue.jpg",
        "cup shelf.jpeg",
    ]
    assert not again.has_changes


@pytest.mark.django_db
def test_a_new_picture_under_an_old_name_takes_the_place_of_the_old_one(tmp_path):
    creator = make_creator()
    take_in(creator, CUPS, photos=folder_of(tmp_path / "old", GIVEN))
    Photo.objects.filter(source_name="cup-blue.jpg").update(alt_text="A blue tin cup.")

    report = take_in(creator, CUPS, photos=folder_of(tmp_path / "new", GIVEN | {"deeper/CUP-BLUE.JPG": SHELF}))
    assert [str(note) for note in report.notes][1:] == ["line 5: cup-blue.jpg is the same picture as cup shelf.jpeg"]

    green = picture_of(colour="green")
    report = take_in(creator, CUPS, photos=folder_of(tmp_path / "newer", GIVEN | {"deeper/CUP-BLUE.JPG": green}))

    assert [str(change) for change in report.changes] == [
        "~ photo cup-blue.jpg, Tin cup (another picture of that name)"
    ]
    photo = Photo.objects.get(source_name="cup-blue.jpg")
    assert (photo.alt_text, photo.position, photo.sku.code) == ("A blue tin cup.", 1, "TIN-CUP-BLUE-SMALL")
    assert Photo.objects.count() == 3


@pytest.mark.django_db
def test_a_new_alt_text_or_place_in_the_file_is_an_update_that_is_listed(tmp_path):
    creator = make_creator()
    take_in(creator, CUPS, photos=folder_of(tmp_path, GIVEN))

    report = take_in(creator, CUPS.replace(b",3,Three cups on a shelf.", b",5,Cups in a row."))

    assert [str(change) for change in report.changes] == [
        "~ photo cup shelf.jpeg, Tin cup (alt text: Three cups on a shelf. → Cups in a row.; position: 3 → 5)"
    ]
    photo = Photo.objects.get(source_name="cup shelf.jpeg")
    assert (photo.alt_text, photo.position) == ("Cups in a row.", 4)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("boot.jpg", "boot.jpg"),
        ("boot.jpg", "boot_grande.jpg"),
        ("boot.jpg", "BOOT_600x600@2x.JPG"),
        ("boot.jpeg", "boot_grande.jpg"),
        ("boot_925x.jpg", "boot.jpg"),
        ("boot_925x.jpg", "boot_grande.webp"),
        ("caf\u00e9.jpg", "cafe\u0301_large.jpg"),
    ],
)
def test_a_photo_is_known_by_its_name_whatever_size_or_ending_it_was_saved_in(wanted, given):
    assert PhotoSource([(given, lambda: b"found")]).read(wanted) == b"found"


def test_the_very_name_wins_over_a_smaller_copy_and_other_names_are_nobodys():
    source = PhotoSource([("a/boot_grande.jpg", lambda: b"small"), ("b/boot.jpg", lambda: b"large")])

    assert source.read("boot.jpg") == b"large"
    assert source.read("boot_grande.jpg") == b"small"
    assert source.read("boots.jpg") is None
    assert source.read("boot_blue.jpg") is None


def test_a_link_out_of_the_folder_is_not_one_of_its_photos(tmp_path):
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"secret")
    (tmp_path / "photos").mkdir()
    os.symlink(secret, tmp_path / "photos" / "boot.jpg")

    assert photos_in_folder(tmp_path / "photos").read("boot.jpg") is None


def test_a_folder_that_is_not_there_is_said_to_be_so(tmp_path):
    with pytest.raises(NoSuchFolder, match="There is no folder"):
        photos_in_folder(tmp_path / "photos")


def test_what_a_mac_adds_to_a_zip_is_no_photo():
    source = photos_in_zip(zip_of({"__MACOSX/._boot.jpg": b"mac", "._boot.jpg": b"mac", "boot.jpg": b"boot"}))

    assert source.read("boot.jpg") == b"boot"


def link() -> BytesIO:
    entry = ZipInfo("boot.jpg")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return written


def locked() -> BytesIO:
    written = zip_of({"boot.jpg": b"boot"})
    data = bytearray(written.getvalue())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return BytesIO(bytes(data))


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (BytesIO(b"no zip at all"), "no ZIP file, or a damaged one"),
        (BytesIO(zip_of({"a.jpg": b"a" * 500}).getvalue()[:300]), "no ZIP file, or a damaged one"),
        (zip_of({"../../etc/boot.jpg": b"boot"}), "a path outside of itself"),
        (zip_of({"/etc/boot.jpg": b"boot"}), "a path outside of itself"),
        (zip_of({"C:\\boot.jpg": b"boot"}), "a path outside of itself"),
        (zip_of({"photos\\..\\..\\boot.jpg": b"boot"}), "a path outside of itself"),
        (zip_of({"boot.jpg": b"\0" * 20_000_000}, compression=ZIP_DEFLATED), "something that is no photo"),
        (link(), "holds a link"),
        (locked(), "locked with a password"),
    ],
    ids=["text", "cut", "dots", "root", "drive", "backslashes", "bomb", "link", "password"],
)
def test_a_zip_that_tries_to_be_more_than_a_folder_of_pictures_is_refused(file, sentence):
    with pytest.raises(UnsafeArchive, match=sentence):
        photos_in_zip(file)


@pytest.mark.django_db
def test_an_entry_whose_bytes_are_damaged_is_refused_like_a_picture_that_is_none():
    creator = make_creator()
    data = bytearray(zip_of({"cup-red.jpg": RED}).getvalue())
    data[200] ^= 0xFF  # in the picture: its checksum fails

    report = take_in(creator, CUPS, photos=photos_in_zip(BytesIO(bytes(data))))

    assert [refusal.line for refusal in report.refusals] == [2]
    assert not Photo.objects.exists()
    assert Product.objects.count() == 2
