from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from drops.catalog.imports.sheets import MissingColumns, UnreadableFile
from drops.catalog.models import Product, Sku
from tests.drops.catalog.sheets import HEADING, catalogue, sheet, take_in, xlsx
from tests.factories import make_creator, make_product, make_sku

pytestmark = pytest.mark.django_db

GOOD = "good,Good one,,,G-1,10,1,5.00"


@pytest.mark.parametrize(
    ("row", "refusal"),
    [
        ("cup,Cup,,,C-1,10,1,", "Variant Price: is empty"),
        ("cup,Cup,,,C-1,10,1,free", "Variant Price: 'free' is not a number like 38.00"),
        ('cup,Cup,,,C-1,10,1,"18,50"', "Variant Price: '18,50' is not a number like 38.00"),
        ("cup,Cup,,,C-1,10,1,NaN", "Variant Price: 'NaN' is not a number like 38.00"),
        ("cup,Cup,,,C-1,10,1,1e3", "Variant Price: '1e3' is not a number like 38.00"),
        ("cup,Cup,,,C-1,10,1,-5", "Variant Price: -5 is below zero"),
        ("cup,Cup,,,C-1,10,1,5.005", "Variant Price: 5.005 has more decimals than EUR has"),
        ("cup,Cup,,,C-1,10,1,99999999999", "Variant Price: 99999999999 is more than a shop can take"),
        ("cup,Cup,,,C-1,-3,1,5.00", "Variant Grams: -3 is below zero"),
        ("cup,Cup,,,C-1,1.5,1,5.00", "Variant Grams: '1.5' is not a whole number"),
        ("cup,Cup,,,C-1,9999999,1,5.00", "Variant Grams: 9999999 is more than 1,000,000"),
        ("cup,Cup,,,C-1,10,many,5.00", "Variant Inventory Qty: 'many' is not a whole number"),
        (f"cup,Cup,,,{'C' * 81},10,1,5.00", "Variant SKU: has 81 characters; 80 are the most"),
        (f"cup,Cup,Colour,{'R' * 121},C-1,10,1,5.00", "Option1 Value: has 121 characters; 120 are the most"),
        (",Cup,,,C-1,10,1,5.00", "Handle: is empty"),
        ("cup,,,,C-1,10,1,5.00", "Title: is empty, and there is no product cup yet"),
        (f"cup,{'C' * 141},,,C-1,10,1,5.00", "Title: has 141 characters; 140 are the most"),
        ("cup,Cup,Colour,,C-1,10,1,5.00", "Option1 Value: is empty, and the product has options"),
        ("cup,Cup,,,G-1,10,1,5.00", "Variant SKU: G-1 stands on line 2 already"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_with_line_column_and_reason_and_stops_no_other(row, refusal):
    creator = make_creator()

    report = take_in(creator, sheet(GOOD, row, "late,Late one,,,L-1,10,1,7.00"))

    assert f"line 3, {refusal}" in [str(each) for each in report.refusals]
    assert set(Sku.objects.filter(creator=creator).values_list("code", flat=True)) == {"G-1", "L-1"}
    assert set(Product.objects.filter(creator=creator).values_list("handle", flat=True)) == {"good", "late"}


def test_a_refused_variant_does_not_stop_its_product():
    creator = make_creator()

    report = take_in(creator, sheet("cup,Cup,Colour,Red,C-1,1,1,oops", "cup,,,Blue,C-2,1,1,5.00"))

    assert [str(each) for each in report.refusals] == ["line 2, Variant Price: 'oops' is not a number like 38.00"]
    assert list(Sku.objects.filter(creator=creator).values_list("code", "option_values")) == [("C-2", ["Blue"])]


def test_lines_are_counted_as_an_editor_counts_them_over_bodies_of_many_lines():
    heading = "Handle,Title,Body (HTML),Variant Price"

    report = take_in(make_creator(), sheet('cup,Cup,"<p>one\ntwo\nthree</p>",5.00', "jug,Jug,,dear", heading=heading))

    assert str(report.refusals[0]).startswith("line 5, Variant Price")


def test_a_quote_that_is_never_closed_is_a_row_refused_and_not_the_rest_of_the_file_in_a_title():
    creator = make_creator()

    report = take_in(creator, sheet(GOOD, 'cup,"Cup,,,C-1,10,1,5.00', "jug,Jug,,,J-1,1,1,9.00"))

    [refusal] = report.refusals
    assert (refusal.line, "cannot be told apart" in refusal.reason) == (3, True)
    assert list(Product.objects.filter(creator=creator).values_list("handle", flat=True)) == ["good"]


def test_a_row_with_more_cells_than_headings_is_refused():
    report = take_in(make_creator(), sheet(GOOD, "cup,Cup,,,C-1,10,1,5.00,what is this"))

    assert [str(each) for each in report.refusals] == ["line 3: has 9 cells under 8 headings"]


def test_the_same_options_twice_are_refused_the_second_time():
    report = take_in(make_creator(), sheet("cup,Cup,Colour,Red,C-1,1,1,5.00", "cup,,,Red,C-2,1,1,5.00"))

    assert [str(each) for each in report.refusals] == ["line 3, Option1 Value: Red stands on line 2 already"]


def test_a_code_that_another_product_has_is_refused_and_that_product_keeps_it():
    creator = make_creator()
    taken = make_sku(code="C-1", product=make_product(capsule=None, handle="old"))
    Product.objects.filter(pk=taken.product_id).update(creator=creator)
    Sku.objects.filter(pk=taken.pk).update(creator=creator)

    report = take_in(creator, sheet("cup,Cup,Colour,Red,C-1,1,1,5.00", "cup,,,Blue,C-2,1,1,5.00"))

    assert f"line 2, Variant SKU: C-1 belongs to another SKU of {creator.name}" in map(str, report.refusals)
    taken.refresh_from_db()
    assert (taken.product.handle, taken.price_minor) == ("old", 3800)


@pytest.mark.parametrize(
    ("status", "column"), [("Published", "maybe"), ("Status", "sleeping")], ids=["published", "status"]
)
def test_a_state_that_nobody_knows_is_refused(status, column):
    creator = make_creator()

    report = take_in(creator, sheet(f"{GOOD},{column}", heading=f"{HEADING},{status}"))

    assert (report.refusals[0].line, report.refusals[0].column) == (2, status)
    assert catalogue(creator) == ([], [], [])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_of_every_spreadsheet_are_read(encoding, newline, delimiter):
    creator = make_creator()
    text = newline.join([HEADING, "tasse,Tasse für Öl & Café,,,T-1,10,1,5.00", ""]).replace(",", delimiter)

    report = take_in(creator, text.encode(encoding))

    assert report.refusals == []
    assert Product.objects.get(creator=creator).title == "Tasse für Öl & Café"


def bomb() -> bytes:
    written = BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(9):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"0" * (50 * 1024 * 1024))
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"\x00\x01\x02 nothing to read", "no text in UTF-8 or Latin-1"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x81\x8d\x00", "Export it as CSV or XLSX"),
        (b"PK\x03\x04 but not really", "damaged XLSX file"),
        (xlsx([["Handle", "Title", "Variant Price"], ["cup", "Cup", 5]])[:900], "damaged XLSX file"),
        (f"{HEADING},Price\n{GOOD},5.00\n".encode(), "two columns for Variant Price"),
    ],
    ids=["binary", "old xls", "no zip", "cut xlsx", "column twice"],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(data, sentence):
    creator = make_creator()

    with pytest.raises(UnreadableFile, match=sentence):
        take_in(creator, data)

    assert catalogue(creator) == ([], [], [])


def test_an_xlsx_that_unpacks_to_a_mountain_is_refused():
    creator = make_creator()

    with pytest.raises(UnreadableFile, match="unpacks to 450 MB"):
        take_in(creator, bomb())

    assert catalogue(creator) == ([], [], [])


@pytest.mark.parametrize(
    ("heading", "missing"),
    [("Handle,Title", ["Variant Price"]), ("Name,Cost", ["Handle", "Title", "Variant Price"]), ("", None)],
)
def test_missing_columns_are_named_and_nothing_changes(heading, missing):
    creator = make_creator()

    with pytest.raises(MissingColumns) as refusal:
        take_in(creator, sheet("a,b", heading=heading))

    assert refusal.value.facts["columns"] == (missing or ["Handle", "Title", "Variant Price"])
    assert catalogue(creator) == ([], [], [])
