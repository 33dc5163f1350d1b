import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from drops.catalog.customs import checked_description, normalised_hs_code, normalised_origin
from drops.catalog.models import Sku
from tests.drops.catalog.sheets import HEADING, sheet, take_in
from tests.factories import make_creator, make_product, make_sku

CUSTOMS_HEADING = f"{HEADING},HS Code,COO,Customs Description,Material"


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("6912.00", "691200"),
        ("8523 80 90 00", "8523809000"),
        ("340600", "340600"),
        ("6912-00-2310", "6912002310"),
        ("", ""),
    ],
)
def test_an_hs_code_is_kept_as_its_digits_however_it_was_written(written, digits):
    assert normalised_hs_code(written) == digits


@pytest.mark.parametrize("written", ["6912", "69120023101234", "HS6912", "٦٩١٢٠٠"])
def test_what_cannot_be_an_hs_code_is_refused_with_an_example(written):
    with pytest.raises(ValidationError) as refusal:
        normalised_hs_code(written)

    assert refusal.value.messages == [f"“{written}” is not an HS code: it has 6 to 13 digits, like 6912.00."]


def test_a_description_says_what_a_thing_is_in_three_words_or_more():
    assert checked_description("  Glazed  stoneware mug ") == "Glazed stoneware mug"
    assert checked_description("") == ""


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("Ceramic mug", "“Ceramic mug” is too short: three words or more, like “Glazed stoneware coffee mug”."),
        ("Mug 12 34", "“Mug 12 34” is too short: three words or more, like “Glazed stoneware coffee mug”."),
        (
            "Gift, ceramic coffee mug",
            "Customs offices refuse descriptions with “gift”: say what it is and what it is made of.",
        ),
        ("N/A for this mug", "Customs offices refuse descriptions with “n/a”: say what it is and what it is made of."),
    ],
)
def test_a_description_that_says_nothing_is_refused_with_the_reason(written, sentence):
    with pytest.raises(ValidationError) as refusal:
        checked_description(written)

    assert refusal.value.messages == [sentence]


@pytest.mark.parametrize("written", ["EU", "ZZ", "P", "Portugal", "12"])
def test_an_origin_is_a_country(written):
    assert normalised_origin(" pt ") == "PT"

    with pytest.raises(ValidationError, match="is not a country: write two letters, like PT"):
        normalised_origin(written)


@pytest.mark.django_db
def test_a_sheet_brings_what_customs_asks_for_and_what_it_does_not_name_stays():
    creator = make_creator()
    first = "cup,Cup,,,C-1,10,1,5.00,6912.00.23,pt,Glazed stoneware cup,Stoneware"
    take_in(creator, sheet(first, heading=CUSTOMS_HEADING))

    take_in(creator, sheet("cup,Cup,,,C-1,12,1,5.00"))

    sku = Sku.objects.get(creator=creator)
    assert (sku.hs_code, sku.origin_country) == ("69120023", "PT")
    assert (sku.customs_description, sku.material, sku.weight_g) == ("Glazed stoneware cup", "Stoneware", 12)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cells", "refusal"),
    [
        ("69,PT,Glazed stoneware cup,", "HS Code: “69” is not an HS code: it has 6 to 13 digits, like 6912.00."),
        (
            "691200,Portugal,Glazed stoneware cup,",
            "Country of Origin: “Portugal” is not a country: write two letters, like PT.",
        ),
        (
            "691200,PT,Item,",
            "Customs Description: Customs offices refuse descriptions with “item”: say what it is and what it is made of.",
        ),
        (f"691200,PT,Glazed stoneware cup,{'S' * 121}", "Material: has 121 characters; 120 are the most"),
    ],
)
def test_a_row_with_facts_that_customs_would_refuse_is_not_taken(cells, refusal):
    creator = make_creator()

    report = take_in(creator, sheet(f"cup,Cup,,,C-1,10,1,5.00,{cells}", heading=CUSTOMS_HEADING))

    assert [str(each) for each in report.refusals] == [f"line 2, {refusal}"]
    assert not Sku.objects.filter(creator=creator).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"hs_code": "6912.00"}, {"hs_code": "691"}, {"origin_country": "pt"}])
def test_the_database_keeps_no_code_in_any_other_form(wrong):
    sku = make_sku(product=make_product())

    with pytest.raises(IntegrityError), transaction.atomic():
        Sku.objects.filter(pk=sku.pk).update(**wrong)
