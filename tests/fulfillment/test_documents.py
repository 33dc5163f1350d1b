import csv
import hashlib
import io
import re
from datetime import timedelta

import pytest
from pypdf import PdfReader

from drops.sales.gift_models import GiftClaim
from drops.sales.models import OrderLine
from drops.spreadsheets import harmless
from fulfillment.batches import make_batch, run_batch
from fulfillment.models import Document, DocumentKind
from tests.factories import make_extra, make_product, make_sku
from tests.fulfillment.makers import AFTER, INES, make_accepted_gift, make_closed_drop, make_order, parcel_of

pytestmark = pytest.mark.django_db


def run(drop):
    return run_batch(batch_id=make_batch(drop_id=drop.pk, by_user_id=None, now=AFTER).pk, now=AFTER)


def text_of(batch, kind):
    reader = PdfReader(io.BytesIO(bytes(batch.documents.get(kind=kind).content)))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


def rows_of(batch):
    content = bytes(batch.documents.get(kind=DocumentKind.CSV).content)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def make_two_orders(drop):
    mug = make_product(capsule=drop.capsule, title="Ring mug")
    sage = make_sku(product=mug, code="RM-SAGE", option_values=["Sage"], weight_g=420)
    ink = make_sku(product=mug, code="RM-INK", option_values=["Ink"], weight_g=450)
    first = make_order(drop=drop, sku=sage, quantity=2)
    second = make_order(drop=drop, sku=ink, name="Łucja Żak-Øster", address={**INES, "street": "Praça #1 *x* $y$"})
    third = make_order(drop=drop, sku=sage, name="Σοφία Παππά")
    return first, second, third


def test_each_parcel_has_a_slip_on_its_own_page_with_address_order_and_contents():
    drop = make_closed_drop()
    orders = make_two_orders(drop)

    pages = text_of(run(drop), DocumentKind.PACKING_SLIPS)

    assert len(pages) == 3
    first = pages[0]
    assert "Inês Duarte" in first
    assert "Rua da Rosa 14, 2º 1200-109 Lisboa PORTUGAL" in first
    assert parcel_of(orders[0]).ref in first
    assert orders[0].ref in first
    assert "RM-SAGE Ring mug · Sage 2" in first
    assert "2 units, 0.84 kg of goods." in first


def test_slip_and_pick_list_say_what_goes_with_the_goods_and_count_it_nowhere():
    drop = make_closed_drop()
    first, *_ = make_two_orders(drop)
    OrderLine.objects.create(
        order=first, extra=make_extra(creator=drop.creator), title="Gift wrap", quantity=1, unit_price_minor=400
    )

    batch = run(drop)

    slips, [picks, *_] = text_of(batch, DocumentKind.PACKING_SLIPS), text_of(batch, DocumentKind.PICK_LIST)
    assert [("PACK WITH IT Gift wrap" in slip, "2 units" in slip) for slip in slips] == [
        (True, True),
        (False, False),
        (False, False),
    ]
    assert picks.count("Gift wrap") == 1 and "2 × RM-SAGE, with Gift wrap" in picks
    assert "3 parcels, 4 units" in picks


def test_the_slip_of_a_gift_has_its_givers_words_in_the_place_of_the_thanks_and_no_price():
    drop = make_closed_drop()
    given, _, silent = make_two_orders(drop)
    make_accepted_gift(given, message='Happy birthday \U0001f382 #read("x") $y$ *z*\nMira, Привет \U0001e900')
    make_accepted_gift(silent, message="")

    slips = text_of(run(drop), DocumentKind.PACKING_SLIPS)

    note = "Something not right? Whoever gave it to you can send it back, or write to the maker."
    assert 'A GIFT FROM INÊS Happy birthday #read("x") $y$ *z* Mira, Привет □ ' + note in slips[0]
    assert "A GIFT FROM ΣΟΦΊΑ " + note in slips[2]
    assert ["Thank you for buying" in slip for slip in slips] == [False, True, False]
    assert ["A GIFT FROM" in slip for slip in slips] == [True, False, True]
    assert [sign in "".join(slips) for sign in ("€", "EUR", "42.50", "38.00")] == [False] * 4


def test_a_gift_that_nobody_accepted_leaves_the_slip_as_it_was():
    drop = make_closed_drop()
    order = make_order(drop=drop)
    GiftClaim.objects.create(
        order=order, token_hash="0" * 64, message="For you", created_at=AFTER, expires_at=AFTER + timedelta(days=1)
    )

    [slip] = text_of(run(drop), DocumentKind.PACKING_SLIPS)

    assert ("Thank you for buying" in slip, "For you" in slip, "A GIFT FROM" in slip) == (True, False, False)


def test_what_shoppers_wrote_is_printed_as_it_is_and_never_run():
    drop = make_closed_drop()
    make_two_orders(drop)

    pages = text_of(run(drop), DocumentKind.PACKING_SLIPS)

    assert "Łucja Żak-Øster" in pages[1]
    assert "Praça #1 *x* $y$" in pages[1]
    assert "Σοφία Παππά" in pages[2]


def test_the_pick_list_adds_up_what_to_take_and_lists_each_parcel():
    drop = make_closed_drop()
    orders = make_two_orders(drop)
    batch = run(drop)

    text = " ".join(text_of(batch, DocumentKind.PICK_LIST))

    assert f"Pick list {batch.ref}" in text
    assert "3 parcels, 4 units" in text
    assert "RM-INK Ring mug · Ink 1 1" in text
    assert "RM-SAGE Ring mug · Sage 3 2" in text
    assert f"{parcel_of(orders[0]).ref} {orders[0].ref} Inês Duarte 2 × RM-SAGE" in text


@pytest.mark.parametrize("kind", [DocumentKind.PACKING_SLIPS, DocumentKind.PICK_LIST])
def test_the_pdfs_are_tagged_titled_and_say_their_language(kind):
    drop = make_closed_drop()
    make_two_orders(drop)
    batch = run(drop)

    reader = PdfReader(io.BytesIO(bytes(batch.documents.get(kind=kind).content)))

    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == "en"
    assert batch.ref in reader.metadata.title
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_a_title_with_a_character_no_font_has_does_not_stop_the_papers():
    drop = make_closed_drop()
    product = make_product(capsule=drop.capsule, title="Mug \U0001e900")
    make_order(drop=drop, sku=make_sku(product=product, code="RM-1", option_values=["Sage"]))

    pages = text_of(run(drop), DocumentKind.PACKING_SLIPS)

    assert "Mug □ · Sage" in pages[0]


def test_the_table_has_one_line_a_parcel():
    drop = make_closed_drop()
    orders = make_two_orders(drop)

    rows = rows_of(run(drop))

    assert [row["order"] for row in rows] == [order.ref for order in orders]
    assert rows[0] == {
        "parcel": parcel_of(orders[0]).ref,
        "order": orders[0].ref,
        "name": "Inês Duarte",
        "street": "Rua da Rosa 14, 2º",
        "city": "Lisboa",
        "postcode": "1200-109",
        "region": "",
        "country": "PT",
        "contents": "2 × RM-SAGE",
        "units": "2",
        "weight_g": "840",
        "customs": "",
        "customs_value": "",
        "currency": "",
    }


@pytest.mark.parametrize("first", ["=", "+", "-", "@"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(first):
    drop = make_closed_drop()
    make_order(drop=drop, name=f'{first}HYPERLINK("http://evil.example","Invoice")')

    (row,) = rows_of(run(drop))

    assert row["name"] == f'\'{first}HYPERLINK("http://evil.example","Invoice")'


@pytest.mark.parametrize("cell", ["\tx", "\rx", "=1"])
def test_tabs_and_returns_are_dangerous_at_the_beginning_too(cell):
    assert harmless(cell) == f"'{cell}"


def test_a_plain_cell_stays_as_it_is():
    assert harmless("1200-109") == "1200-109"


def test_every_document_knows_the_fingerprint_of_its_bytes():
    drop = make_closed_drop()
    make_two_orders(drop)
    batch = run(drop)

    for document in Document.objects.filter(batch=batch):
        assert document.content_hash == hashlib.sha256(bytes(document.content)).hexdigest()
