import pytest

from drops.refs import CROCKFORD
from pickups import codes


def test_a_code_is_the_same_for_the_same_pickup_and_another_for_another_version():
    first = codes.derive_code(ref="a" * 32, version=1, key="key")

    assert first == codes.derive_code(ref="a" * 32, version=1, key="key")
    assert first != codes.derive_code(ref="a" * 32, version=2, key="key")
    assert len(first) == 9


def test_what_people_type_is_read_as_it_was_meant():
    code = "01010101" + codes.check_character("01010101")

    assert codes.read_code(f" o1oi-OLOI-{code[-1].lower()} ") == code
    assert codes.read_code(f"PK1.{code}") == code
    assert codes.read_code(codes.grouped(code)) == code


def test_every_single_wrong_character_is_noticed():
    body = "7F3K9Q2A"
    code = body + codes.check_character(body)

    for place in range(9):
        for wrong in CROCKFORD.replace(code[place], ""):
            with pytest.raises(codes.BadCode):
                codes.read_code(code[:place] + wrong + code[place + 1 :])


def test_two_neighbours_that_changed_places_are_noticed():
    body = "7F3K9Q2A"
    code = body + codes.check_character(body)

    for place in range(7):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        with pytest.raises(codes.BadCode):
            codes.read_code(swapped)


@pytest.mark.parametrize("typed", ["", "7F3K", "7F3K-9Q2A", "7F3K-9Q2A-CC", "7F3K-9Q2U-C", "é" * 9, "x" * 4000])
def test_what_cannot_be_a_code_is_refused(typed):
    with pytest.raises(codes.BadCode):
        codes.read_code(typed)


def test_a_qr_code_is_no_address_and_needs_only_the_small_alphabet():
    payload = codes.qr_payload("7F3K9Q2AC")

    assert payload == "PK1.7F3K9Q2AC"
    assert set(payload) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
