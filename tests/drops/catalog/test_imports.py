import pytest

from drops.catalog.models import Product, ProductState, Sku
from tests.drops.catalog.sheets import CUPS, catalogue, deeds, rehearse, sheet, take_in, xlsx
from tests.factories import make_capsule, make_creator, make_product, make_sku

pytestmark = pytest.mark.django_db

# Without columns of options, rows are known by their SKU alone.
HEADING_WITHOUT_OPTIONS = "Handle,Title,Other 1,Other 2,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price"
HEADING_WITH_STATUS = (
    "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Status"
)


def test_an_export_becomes_products_and_skus():
    creator = make_creator()

    report = take_in(creator, CUPS)

    assert report.refusals == []
    assert deeds(report) == {"product": (2, 0, 0), "SKU": (4, 0, 0), "photo": (0, 0, 0)}
    cup = Product.objects.get(creator=creator, handle="tin-cup")
    assert (cup.title, cup.vendor, cup.product_type) == ("Tin cup", "Shed & Sons", "Cups")
    assert (cup.tags, cup.option_names, cup.state) == (["camp", "tin"], ["Colour", "Size"], ProductState.ACTIVE)
    facts = cup.skus.order_by("position").values_list("code", "option_values", "price_minor", "weight_g", "on_hand")
    assert list(facts) == [
        ("CUP-RED-S", ["Red", "Small"], 1800, 120, 5),
        ("CUP-RED-L", ["Red", "Large"], 2150, 180, 3),
        ("TIN-CUP-BLUE-SMALL", ["Blue", "Small"], 1800, 120, 0),
    ]
    assert cup.skus.get(code="CUP-RED-S").barcode == "4006381333931"
    lamp = Product.objects.get(creator=creator, handle="oil-lamp")
    assert (lamp.option_names, lamp.state, lamp.position) == ([], ProductState.DRAFT, 1)
    assert [(sku.code, sku.option_values, sku.label, sku.price_minor) for sku in lamp.skus.all()] == [
        ("OIL-LAMP", [], "", 4250)
    ]


HEADING_WITH_TAX = "Handle,Title,Variant SKU,Variant Price,Tax Class"


def test_a_sheet_may_say_the_class_of_tax_and_is_refused_where_it_is_none():
    creator = make_creator()

    report = take_in(
        creator,
        sheet("a,Atlas,A-1,12.00,Reduced", "b,Bowl,B-1,9.00,", "c,Cup,C-1,5.00,cheap", heading=HEADING_WITH_TAX),
    )

    assert dict(Product.objects.filter(creator=creator).values_list("handle", "tax_class")) == {
        "a": "reduced",
        "b": "standard",
    }
    [refused] = report.refusals
    assert (refused.line, refused.column) == (4, "Tax Class")
    assert refused.reason == "'cheap' is none of Standard, Reduced, Super-reduced, Zero rate"


def test_bodies_are_sanitised_and_plain_text_becomes_paragraphs():
    creator = make_creator()

    take_in(creator, CUPS)

    bodies = dict(Product.objects.filter(creator=creator).values_list("handle", "body_html"))
    assert bodies["tin-cup"] == "<p>A cup\nof <strong>tin</strong>.</p>"
    assert bodies["oil-lamp"] == "<p>Brass &amp; glass. It burns for 9 hours.</p>"


def test_more_units_sold_than_there_were_is_noted_with_its_line_and_counts_as_none():
    report = take_in(make_creator(), CUPS)

    assert [str(note) for note in report.notes] == ["line 6: 1 more were sold than there were; counted as none on hand"]


def test_the_same_file_again_changes_nothing():
    creator = make_creator()
    take_in(creator, CUPS)
    before = catalogue(creator)

    report = take_in(creator, CUPS)

    assert deeds(report) == {"product": (0, 0, 2), "SKU": (0, 0, 4), "photo": (0, 0, 0)}
    assert not report.has_changes
    assert list(report.lines())[-1] == "Nothing changed."
    assert catalogue(creator) == before


def test_a_dry_run_says_what_would_change_and_changes_nothing():
    creator = make_creator()

    report = rehearse(creator, CUPS)

    assert deeds(report) == {"product": (2, 0, 0), "SKU": (4, 0, 0), "photo": (0, 0, 0)}
    assert "+ SKU CUP-RED-L, Tin cup · Red / Large (€21.50)" in list(report.lines())
    assert "Products: 2 would be created, 0 would be updated, 0 unchanged." in list(report.lines())
    assert catalogue(creator) == ([], [], [])


def test_what_differs_is_updated_and_listed_and_what_the_file_does_not_say_stays():
    creator = make_creator()
    take_in(creator, CUPS)
    product = Product.objects.get(creator=creator, handle="tin-cup")
    Product.objects.filter(pk=product.pk).update(benefits=["Light", "Does not break"])
    row = "tin-cup,Tin mug,Colour,Red,CUP-RED-S,,7,19.00"

    report = take_in(creator, sheet(row, heading=HEADING_WITHOUT_OPTIONS))

    assert [str(change) for change in report.changes] == [
        "~ product Tin cup (title: Tin cup → Tin mug)",
        "~ SKU CUP-RED-S, Tin mug · Red / Small (price: €18.00 → €19.00; on hand: 5 → 7)",
    ]
    product.refresh_from_db()
    assert (product.title, product.benefits, product.option_names) == (
        "Tin mug",
        ["Light", "Does not break"],
        ["Colour", "Size"],
    )
    sku = product.skus.get(code="CUP-RED-S")
    assert (sku.price_minor, sku.on_hand, sku.weight_g, sku.option_values) == (1900, 7, 120, ["Red", "Small"])
    assert product.skus.count() == 3


def test_a_sku_keeps_its_row_when_its_code_or_its_options_are_written_anew():
    creator = make_creator()
    take_in(creator, sheet("cup,Cup,Colour,Red,C-1,10,1,5.00", "cup,,,Blue,C-2,10,1,5.00"))
    red, blue = Sku.objects.filter(creator=creator).order_by("pk")

    report = take_in(creator, sheet("cup,Cup,Colour,Red,C-9,10,1,5.00", "cup,,,Navy,C-2,10,1,5.00"))

    assert deeds(report)["SKU"] == (0, 2, 0)
    red.refresh_from_db()
    blue.refresh_from_db()
    assert (red.code, red.option_values) == ("C-9", ["Red"])
    assert (blue.code, blue.option_values) == ("C-2", ["Navy"])


def test_a_made_code_is_the_same_for_everybody_and_survives_other_rows():
    rows = ["a-b,First,Kind,c,,1,1,5.00", "a,Second,Kind,b-c,,1,1,5.00", "tasse,Tasse,Farbe,Grün,,1,1,5.00"]
    creator, other = make_creator(), make_creator()

    take_in(creator, sheet(*rows))
    take_in(other, sheet(*rows))
    again = take_in(creator, sheet(rows[1], rows[0], rows[2]))

    codes = list(Sku.objects.filter(creator=creator).order_by("pk").values_list("code", flat=True))
    assert codes == list(Sku.objects.filter(creator=other).order_by("pk").values_list("code", flat=True))
    assert len(set(codes)) == 3 and codes[0] == "A-B-C"
    assert codes[2].startswith("TASSE-GRUN-")
    assert not again.has_changes


def test_an_xlsx_with_the_same_columns_gives_the_same_products():
    creator = make_creator()
    heading = HEADING_WITH_STATUS.split(",")
    rows = [
        heading,
        ["cup", "Cup", "Colour", "Red", "C-1", 120, 4, 18.5, "Active"],
        ["cup", None, None, "Blue", None, 120.0, 0, "19", None],
        [None] * 9,
        ["lamp", "Lamp", "Title", "Default Title", 4711, None, None, 42, "archived"],
    ]

    report = take_in(creator, xlsx(rows), name="products.xlsx")

    assert report.refusals == []
    facts = Sku.objects.filter(creator=creator).order_by("pk").values_list("code", "price_minor", "weight_g", "on_hand")
    assert list(facts) == [("C-1", 1850, 120, 4), ("CUP-BLUE", 1900, 120, 0), ("4711", 4200, 0, 0)]
    states = Product.objects.filter(creator=creator).order_by("pk").values_list("state", flat=True)
    assert list(states) == [ProductState.ACTIVE, ProductState.ARCHIVED]
    assert not take_in(creator, xlsx(rows), name="products.xlsx").has_changes


def test_the_names_that_columns_have_had_since_2024_mean_the_same():
    heading = (
        "Title,URL handle,Description,SKU,Price,Inventory quantity,Weight value (grams),Option1 name,Option1 value"
    )
    creator = make_creator()

    report = take_in(creator, sheet("Cup,cup,<p>Of tin.</p>,C-1,18.00,3,120,Colour,Red", heading=heading))

    assert report.refusals == []
    sku = Sku.objects.select_related("product").get(creator=creator)
    assert (sku.code, sku.price_minor, sku.on_hand, sku.weight_g) == ("C-1", 1800, 3, 120)
    assert (sku.product.handle, sku.product.body_html) == ("cup", "<p>Of tin.</p>")


def test_rows_of_a_product_need_not_stand_together():
    creator = make_creator()

    take_in(creator, sheet("cup,Cup,Colour,Red,C-1,1,1,5.00", "jug,Jug,,,J-1,1,1,9.00", "cup,,,Blue,C-2,1,1,5.00"))

    assert list(Sku.objects.filter(product__handle="cup").values_list("code", flat=True)) == ["C-1", "C-2"]


def test_minor_units_are_those_of_the_creators_currency():
    yen = make_creator(currency="JPY")

    report = take_in(yen, sheet("cup,Cup,,,C-1,1,1,1800", "jug,Jug,,,J-1,1,1,9.50"))

    assert list(Sku.objects.filter(creator=yen).values_list("code", "price_minor")) == [("C-1", 1800)]
    assert str(report.refusals[0]) == "line 3, Variant Price: 9.50 has more decimals than JPY has"


def test_products_of_other_creators_and_capsules_stay_where_they_are():
    stranger = make_sku(code="C-1", product=make_product(handle="cup"))
    creator = make_creator()
    capsule = make_capsule(creator=creator)
    own = make_product(capsule=capsule, handle="jug", title="Jug")

    take_in(creator, sheet("cup,Cup,,,C-1,1,1,5.00", "jug,Jug,,,J-1,1,1,9.00"))

    stranger.refresh_from_db()
    own.refresh_from_db()
    assert (stranger.price_minor, stranger.product.title) == (3800, "Ring mug")
    assert own.capsule == capsule
    assert Sku.objects.filter(code="C-1").count() == 2


def test_a_handle_that_cannot_stand_in_an_address_is_made_into_one_that_can():
    creator = make_creator()
    row = "Tasse grün,Tasse,,,T-1,1,1,5.00"

    report = take_in(creator, sheet(row))

    [handle] = Product.objects.filter(creator=creator).values_list("handle", flat=True)
    assert handle.startswith("tasse-grun-") and handle.isascii()
    assert f"became {handle}" in report.notes[0].text
    assert not take_in(creator, sheet(row)).has_changes
