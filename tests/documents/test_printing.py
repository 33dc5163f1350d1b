"""The PDFs, read back."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from creatorshop.documents.layout import page_of
from creatorshop.documents.printing import pdf_of
from creatorshop.documents.typesetting import printable, typeset
from creatorshop.documents.words import WORDS
from drops.documents.issuing import issue_credit_note, issue_for_order
from drops.documents.models import LANGUAGES, DocumentPrint
from drops.sales.revoking import refund_order
from tests.clock import stopped_clock
from tests.drops.documents.makers import make_sale, make_seller, make_ware
from tests.factories import NOON, make_creator

pytestmark = pytest.mark.django_db


def lines_of(pdf):
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(bytes(pdf))).pages)
    return [line.replace("\xa0", " ") for line in text.splitlines()]


def printed(*, seller=True, locale="en", ware=None, **given):
    with stopped_clock(NOON):
        creator = make_creator()
        if seller:
            make_seller(creator, register_line="Conservatória de Lisboa, NIPC 501442600")
        order = make_sale(make_ware(creator, **(ware or {})), locale=locale, **given)
        return issue_for_order(order_id=order.pk)


def test_an_invoice_says_what_the_law_asks_for():
    document = printed(method="parcel", option="post", quantity=2)

    assert lines_of(pdf_of(document).content) == [
        "Kiln & Tide Invoice",
        "KT-2026-0001",
        "To",
        "Lena Vogt",
        "Rua do Poço 4",
        "1200-109 Lisboa",
        "Portugal",
        "lena@example.org",
        "From",
        "Ines Duarte, Lda.",
        "Rua da Rosa 14",
        "1200-387 Lisboa",
        "Portugal",
        "VAT number PT501442600",
        "Date of issue",
        "27 Nov 2026",
        "Order",
        document.order.ref,
        "Paid",
        "27 Nov 2026 · test payment",
        "Date of supply",
        "30 Nov – 2 Dec 2026",
        "What Quantity Price of one Amount",
        "Ring mug · Sage",
        "net €30.89 each, plus VAT 23%",
        "2 €38.00 €76.00",
        "Delivery: Standard post €4.90",
        "Service fee €2.28",
        "Total without tax €67.63",
        "VAT 23% (Portugal) on €67.63 €15.55",
        "Total €83.18",
        "A test payment: no money moved, and this document is worth nothing.",
        "Thank you for buying from a small studio.",
        "Ines Duarte, Lda. · Conservatória de Lisboa, NIPC 501442600 · contas@kilnandtide.example Page 1 / 1",
    ]


def test_a_credit_note_names_what_it_corrects():
    invoice = printed(locale="de")
    with stopped_clock(NOON):
        refund = refund_order(order_ref=invoice.order.ref, actor="owner", reason="Broken")
        note = issue_credit_note(refund_id=refund.pk)

    lines = lines_of(pdf_of(note).content)

    assert lines[:2] == ["Kiln & Tide Rechnungskorrektur", "KT-2026-CN-0001"]
    assert "Berichtigt Rechnung KT-2026-0001 vom 27.11.2026." in lines
    assert "USt. 23 % (Portugal) auf 31,82 € 7,32 €" in lines
    assert "Gutgeschrieben 39,14 €" in lines


@pytest.mark.parametrize(
    ("locale", "kind", "total"),
    [("de", "Beleg", "Gesamt 39,14 €"), ("fr-FR", "Reçu", "Total TTC 39,14 €"), ("es", "Recibo", "Total 39,14 €")],
)
def test_without_the_sellers_details_it_is_a_receipt_in_the_shoppers_language(locale, kind, total):
    lines = lines_of(pdf_of(printed(seller=False, locale=locale)).content)

    assert lines[:2] == [f"Kiln & Tide {kind}", "2026-0001"]
    assert total in lines


def test_arabic_is_set_from_the_right():
    document = printed(locale="ar")
    pdf = PdfReader(BytesIO(bytes(pdf_of(document).content)))

    assert pdf.trailer["/Root"]["/Lang"] == "ar"
    xs = {}
    pdf.pages[0].extract_text(
        visitor_text=lambda text, place, matrix, _font, _size: xs.setdefault(text.strip(), place[4] + matrix[4])
    )
    assert xs["Kiln & Tide"] > 300 > xs["KT-2026-0001"]


HOSTILE = '#panic("x") *bold* _u_ $x$ <a> @b `raw` [c] \\ // /* ~ 100% "q" ‘s’'


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (HOSTILE, HOSTILE),
        ("#import sys.inputs", "#import sys.inputs"),
        ("Żółć Čapek Ωμέγα Иван", "Żółć Čapek Ωμέγα Иван"),
        ("Ana \N{WATER WAVE} 李明", "Ana □ □□"),  # no font of ours has these
        ("Ana\u202e\u0000\u200b\ufeffB\tC\nD", "AnaB C D"),
    ],
)
def test_what_people_type_is_printed_as_they_typed_it(typed, shown):
    view = page_of(printed().data | {"buyer": printed().data["buyer"] | {"name": typed, "street": ""}})
    view["lines"][0]["what"] = printable(typed)

    lines = lines_of(typeset(template="document.typ", data=view, at=NOON))

    assert "".join(lines).count(shown) == 2


def test_a_name_from_the_right_keeps_to_its_line():
    view = page_of(printed().data | {"buyer": printed().data["buyer"] | {"name": "שלום (12)"}})

    lines = lines_of(typeset(template="document.typ", data=view, at=NOON))

    assert "Rua do Poço 4" in lines
    assert any("םולש" in line or "שלום" in line for line in lines)


def test_the_same_document_is_the_same_bytes_and_a_tagged_pdf_with_a_title():
    document = printed()
    first, again = (typeset(template="document.typ", data=page_of(document.data), at=NOON) for _ in range(2))

    assert first == again
    root = PdfReader(BytesIO(first)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data()
    assert PdfReader(BytesIO(first)).metadata.title == "Invoice KT-2026-0001"
    assert {font for page in PdfReader(BytesIO(first)).pages for font in fonts_of(page)} == {
        "BricolageGrotesque-Bold",
        "InstrumentSans-Regular",
        "InstrumentSans-SemiBold",
    }


def fonts_of(page):
    fonts = page["/Resources"]["/Font"].values()
    return {font.get_object()["/BaseFont"].split("+")[1].removesuffix("-Identity-H") for font in fonts}


def test_a_pdf_is_set_once_and_kept():
    document = printed()

    first, again = pdf_of(document), pdf_of(document)

    assert first.pk == again.pk
    assert DocumentPrint.objects.count() == 1


def test_many_lines_go_on_over_pages_with_their_heads():
    view = page_of(printed().data)
    view["lines"] = view["lines"][:1] * 60

    pages = PdfReader(BytesIO(typeset(template="document.typ", data=view, at=NOON))).pages

    assert len(pages) == 4
    assert all("What Quantity" in page.extract_text() for page in pages[:3])
    assert "Page 4 / 4" in pages[3].extract_text()


def test_every_language_has_every_word():
    assert set(WORDS) == {code for code, _ in LANGUAGES}
    assert {language: set(words) for language, words in WORDS.items()} == {
        language: set(WORDS["en"]) for language in WORDS
    }
