import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from drops.catalog.models import Creator, Product
from drops.catalog.photos import add_photo
from tests.factories import make_capsule, make_sku

pytestmark = pytest.mark.django_db
SHEET = (
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Grams,Variant Inventory Qty\n"
    "bud-vase,Bud vase,Glaze,Chalk,BV-CHALK,46.00,340,6\n"
    "bud-vase,,,Ink,BV-INK,46.00,340,5\n"
    "broken,Broken,Glaze,Red,BR-1,cheap,1,1\n"
)


def picture(colour="red") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (64, 80), colour).save(written, "PNG")
    return written.getvalue()


def sheet(text=SHEET) -> SimpleUploadedFile:
    return SimpleUploadedFile("products.csv", text.encode(), content_type="text/csv")


def test_a_rehearsal_shows_what_would_change_and_changes_nothing(shop, owner):
    page = owner.post(reverse("admin:office_import"), {"creator": shop.creator.pk, "sheet": sheet(), "preview": "1"})

    text = page.content.decode()
    assert "Bud vase" in text
    assert "cheap" in text
    assert "Apply these changes" in text
    assert not Product.objects.filter(handle="bud-vase").exists()


def test_applying_what_was_seen_takes_the_good_rows_and_names_the_others(shop, owner):
    address = reverse("admin:office_import")
    seen = owner.post(address, {"creator": shop.creator.pk, "sheet": sheet()}).context["seen"]

    owner.post(address, {"creator": shop.creator.pk, "sheet": sheet(), "seen": seen, "apply": "1"})

    product = Product.objects.get(handle="bud-vase")
    assert (product.creator, product.title) == (shop.creator, "Bud vase")
    assert list(product.skus.order_by("position", "pk").values_list("code", "price_minor", "on_hand")) == [
        ("BV-CHALK", 4600, 6),
        ("BV-INK", 4600, 5),
    ]
    assert not Product.objects.filter(handle="broken").exists()


def test_another_sheet_than_the_one_that_was_seen_is_shown_first(shop, owner):
    address = reverse("admin:office_import")
    seen = owner.post(address, {"creator": shop.creator.pk, "sheet": sheet()}).context["seen"]

    other = sheet(SHEET.replace("46.00", "1.00"))
    owner.post(address, {"creator": shop.creator.pk, "sheet": other, "seen": seen, "apply": "1"})

    assert not Product.objects.filter(handle="bud-vase").exists()


def test_a_file_that_is_no_sheet_is_refused_with_a_sentence(shop, owner):
    broken = SimpleUploadedFile("products.xlsx", b"not a workbook")

    answer = owner.post(reverse("admin:office_import"), {"creator": shop.creator.pk, "sheet": broken})

    assert answer.status_code == 200
    assert answer.context["refusal"] != ""


def test_nothing_is_imported_into_a_strangers_shop(shop, strangers, owner):
    before = strangers.creator.products.count()

    answer = owner.post(reverse("admin:office_import"), {"creator": strangers.creator.pk, "sheet": sheet()})

    assert answer.context["report"] is None
    assert strangers.creator.products.count() == before


def test_a_packer_imports_nothing(shop, packer):
    answer = packer.post(reverse("admin:office_import"), {"creator": shop.creator.pk, "sheet": sheet()})

    assert answer.status_code == 302
    assert not Product.objects.filter(handle="bud-vase").exists()


def product_form(product: Any, **given: Any) -> dict[str, Any]:
    skus, photos = list(product.skus.order_by("position", "pk")), list(product.photos.order_by("position", "pk"))
    form: dict[str, Any] = {
        "title": product.title,
        "handle": product.handle,
        "capsule": product.capsule_id,
        "state": "active",
        "tax_class": product.tax_class,
        "return_rule": product.return_rule,
        "benefits": "\n".join(product.benefits),
        "body_html": product.body_html,
        "option_names": "\n".join(product.option_names),
        "tags": "",
        "vendor": "",
        "product_type": "",
        "position": 0,
    }
    for prefix, rows in (("photos", photos), ("skus", skus)):
        form |= {f"{prefix}-TOTAL_FORMS": len(rows), f"{prefix}-INITIAL_FORMS": len(rows)}
    for number, sku in enumerate(skus):
        form |= {
            f"skus-{number}-id": sku.pk,
            f"skus-{number}-product": product.pk,
            f"skus-{number}-code": sku.code,
            f"skus-{number}-option_values": ",".join(sku.option_values),
            f"skus-{number}-price": "38.00",
            f"skus-{number}-weight_g": sku.weight_g,
            f"skus-{number}-on_hand": sku.on_hand,
            f"skus-{number}-position": sku.position,
        }
    for number, photo in enumerate(photos):
        form |= {
            f"photos-{number}-id": photo.pk,
            f"photos-{number}-product": product.pk,
            f"photos-{number}-alt_text": photo.alt_text,
            f"photos-{number}-focal_x": photo.focal_x,
            f"photos-{number}-focal_y": photo.focal_y,
            f"photos-{number}-position": photo.position,
        }
    return form | given


def save(owner, product, **given):
    return owner.post(reverse("admin:drops_product_change", args=[product.pk]), product_form(product, **given))


def test_a_price_is_typed_as_people_write_it_and_stored_in_minor_units(shop, owner):
    page = owner.get(reverse("admin:drops_product_change", args=[shop.product.pk])).content.decode()
    assert 'value="38.00"' in page

    answer = save(owner, shop.product, **{"skus-0-price": "41.5"})

    assert answer.status_code == 302
    shop.sku.refresh_from_db()
    assert shop.sku.price_minor == 4150


def test_a_price_with_more_decimals_than_the_currency_has_is_refused(shop, owner):
    answer = save(owner, shop.product, **{"skus-0-price": "41.555"})

    assert answer.status_code == 200
    shop.sku.refresh_from_db()
    assert shop.sku.price_minor == 3800


def test_what_may_be_sent_back_is_chosen_from_a_list(shop, owner):
    save(owner, shop.product, return_rule="made_for_buyer")
    shop.product.refresh_from_db()
    assert shop.product.return_rule == "made_for_buyer"

    answer = save(owner, shop.product, return_rule="never", title="Another mug")

    assert "never is not one of the available choices" in answer.content.decode()
    shop.product.refresh_from_db()
    assert (shop.product.return_rule, shop.product.title) == ("made_for_buyer", "Ours mug")


def test_benefits_are_lines_and_no_more_than_three(shop, owner):
    save(owner, shop.product, benefits="Thrown, by hand\n\nSafe in the dishwasher")
    shop.product.refresh_from_db()
    assert shop.product.benefits == ["Thrown, by hand", "Safe in the dishwasher"]

    assert save(owner, shop.product, benefits="a\nb\nc\nd").status_code == 200
    shop.product.refresh_from_db()
    assert shop.product.benefits == ["Thrown, by hand", "Safe in the dishwasher"]


def test_a_body_is_cleaned_when_it_is_written(shop, owner):
    save(owner, shop.product, body_html="<p onclick='x()'>Good</p><script>alert(1)</script>")

    shop.product.refresh_from_db()
    assert shop.product.body_html == "<p>Good</p>"


def test_a_photo_is_added_through_the_form_with_its_alt_text_and_focal_point(shop, owner):
    upload = SimpleUploadedFile("mug.png", picture(), content_type="image/png")
    answer = save(
        owner,
        shop.product,
        **{
            "photos-TOTAL_FORMS": 1,
            "photos-0-product": shop.product.pk,
            "photos-0-upload": upload,
            "photos-0-alt_text": "A sage mug on a shelf",
            "photos-0-focal_x": "0.25",
            "photos-0-focal_y": "0.75",
            "photos-0-position": 0,
        },
    )

    assert answer.status_code == 302
    photo = shop.product.photos.get()
    assert (photo.alt_text, photo.focal_x, photo.focal_y) == ("A sage mug on a shelf", 0.25, 0.75)
    assert photo.placeholder.startswith("data:")


def test_what_is_no_picture_is_refused_in_the_form(shop, owner):
    upload = SimpleUploadedFile("mug.png", b"<svg onload=alert(1)>", content_type="image/png")

    answer = save(owner, shop.product, **{"photos-TOTAL_FORMS": 1, "photos-0-upload": upload, "photos-0-alt_text": "x"})

    assert answer.status_code == 200
    assert shop.product.photos.count() == 0


def test_photos_are_put_in_another_order_and_their_alt_texts_edited(shop, owner):
    first = add_photo(product=shop.product, data=picture("red"), alt_text="Front")
    second = add_photo(product=shop.product, data=picture("blue"), alt_text="Back")

    save(
        owner,
        shop.product,
        **{"photos-0-position": 1, "photos-1-position": 0, "photos-1-alt_text": "Back, with its mark"},
    )

    ordered = shop.product.photos.order_by("position")
    assert [(photo.pk, photo.alt_text) for photo in ordered] == [
        (second.pk, "Back, with its mark"),
        (first.pk, "Front"),
    ]


def test_a_capsule_takes_no_more_skus_than_its_creator_may_put_in_one(shop, owner):
    full = make_capsule(creator=shop.creator)
    Creator.objects.filter(pk=shop.creator.pk).update(sku_limit=0)

    answer = save(owner, shop.product, capsule=full.pk)

    assert "and 0 are the most." in answer.content.decode()
    shop.product.refresh_from_db()
    assert shop.product.capsule_id != full.pk


def test_a_creator_announces_a_reduction_and_reads_whether_it_holds(shop, owner):
    sku = make_sku(product=shop.product, code="RM-NEW", price_minor=3800)
    address = reverse("admin:drops_sku_change", args=[sku.pk])
    form = {"code": "RM-NEW", "option_values": "New", "price": "34.00", "weight_g": 420, "on_hand": 3}

    owner.post(address, form | {"announces_reduction": "on"})

    sku.refresh_from_db()
    assert (sku.price_minor, sku.announces_reduction) == (3400, True)
    text = owner.get(address).content.decode()
    assert "Nothing: in the 30 days before, nobody could buy this at a higher price" in text
    assert re.findall(r"<div>(€[0-9.]+) from", text) == ["€34.00", "€38.00"]
