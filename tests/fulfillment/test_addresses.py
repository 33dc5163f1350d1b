import pytest

from fulfillment.addresses import address_problems, postcode_problem
from tests.fulfillment.makers import INES


@pytest.mark.parametrize(
    ("country", "postcode"),
    [("GB", "sw1a1aa"), ("NL", "1012 ab"), ("IE", "D6W XY00"), ("US", "10001-1234"), ("CA", "k1a0b1"), ("MN", "any 1")],
)
def test_postcodes_are_taken_as_people_write_them(country, postcode):
    assert postcode_problem(country=country, postcode=postcode) == ""


def test_an_address_with_everything_has_no_problem():
    assert address_problems(name="Inês Duarte", address=INES, quoted_country="PT") == []


def test_every_missing_part_is_named():
    assert address_problems(name=" ", address={"country": "PT"}, quoted_country="PT") == [
        "The name is missing.",
        "The street is missing.",
        "The city is missing.",
        "The postcode is missing.",
    ]


def test_an_address_in_another_country_than_postage_was_paid_to_is_a_problem():
    moved = {**INES, "country": "ES", "postcode": "28001"}

    assert address_problems(name="Inês", address=moved, quoted_country="PT") == [
        "The address is in Spain, but postage was paid to Portugal."
    ]


def test_a_country_without_postcodes_needs_none():
    hong_kong = {"street": "12 Tai Ping Shan Street", "city": "Sheung Wan", "country": "HK"}

    assert address_problems(name="Ka Yan", address=hong_kong, quoted_country="HK") == []
