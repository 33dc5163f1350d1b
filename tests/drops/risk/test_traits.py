"""What counts as the same mailbox, the same house, the same network."""

import pytest

from drops.risk.addresses import are_alike, area_of, normalised_street
from drops.risk.emails import canonical_email, is_disposable
from drops.risk.networks import network_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Lena.Vogt+drops@Gmail.com", "lenavogt@gmail.com"),
        ("l.e.n.a.vogt@googlemail.com", "lenavogt@gmail.com"),
        ("Lena.Vogt+8@example.org", "lena.vogt@example.org"),  # only some services ignore dots
        (" lena@example.org ", "lena@example.org"),
        ("+only@example.org", "+only@example.org"),
        ("nobody", ""),
        ("@example.org", ""),
    ],
)
def test_one_mailbox_has_one_spelling(written, meant):
    assert canonical_email(written) == meant


@pytest.mark.parametrize(
    ("address", "is_thrown_away"),
    [
        ("a@mailinator.com", True),
        ("a@Mailinator.COM", True),
        ("a@box.mailinator.com", True),
        ("a@gmail.com", False),
        ("a@mailinator.com.example.org", False),
        ("", False),
    ],
)
def test_a_throw_away_mailbox_is_known_by_its_service(address, is_thrown_away):
    assert is_disposable(address) == is_thrown_away


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("93.184.216.34", "93.184.216.0/24"),
        ("2606:2800:220:1:248:1893:25c8:1946", "2606:2800:220::/48"),
        ("::ffff:93.184.216.34", "93.184.216.0/24"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("fe80::1", ""),
        ("somewhere", ""),
        ("", ""),
    ],
)
def test_of_an_internet_address_only_the_public_network_is_kept(address, network):
    assert network_of(address) == network


def house(street, postcode="1200-109", country="PT"):
    return {"street": street, "postcode": postcode, "country": country}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rua do Poço 4", "R. do Poco 4 Apt 12"),
        ("Rua do Poço 4", "rua do poço 4, 2.º Esq"),
        ("Gartenstraße 11", "Gartenstr. 11 Wohnung 3"),
        ("12 Main St #4", "12 Main Street"),
        ("12 Main St Unit 4b", "12 Maim Street flat c"),
        ("4 Rua do Poço", "Rua do Poço 4"),
    ],
)
def test_a_jigged_address_is_seen_through(one, other):
    assert are_alike(house(one), house(other))
    assert are_alike(house(other), house(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (house("Rua do Poço 4"), house("Rua do Poço 5")),
        (house("Rua do Poço 4"), house("Rua do Poço 4", postcode="1200-110")),
        (house("Rua do Poço 4"), house("Rua do Poço 4", country="ES")),
        (house("12 Main Street"), house("12 Maple Street")),
        (house("12 High Street"), house("12 Hill Street")),
        (house("Rua do Poço 4"), house("")),
        (house("Rua do Poço 4", postcode=""), house("Rua do Poço 4", postcode="")),
    ],
)
def test_neighbours_are_not_one_house(one, other):
    assert not are_alike(one, other)


def test_an_address_is_compared_within_its_postcode():
    assert area_of(house("x", postcode="1200 - 109")) == "pt:1200109"
    assert area_of({"country": "PT"}) == ""
    assert normalised_street("Rua do Poço, 4") == "4 do poco rua"
