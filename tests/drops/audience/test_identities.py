import pytest

from drops.audience.identities import IdentityInvalid, TooManyIdentities, key_of, remember
from drops.audience.models import Identity, IdentityKind
from drops.audience.phones import PhoneInvalid, normalise_phone
from tests.factories import make_shopper

DEVICE = "0b7e4a52-7c1f-4a30-9d55-1f4f5e0a9c11"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value"),
    [(IdentityKind.DEVICE, DEVICE), (IdentityKind.CHAT, "host:4711"), (IdentityKind.PHONE, "+351912345678")],
)
def test_a_shopper_is_remembered_by_a_hash_and_once(kind, value):
    shopper = make_shopper()

    first, again = (remember(shopper=shopper, kind=kind, value=value) for _ in range(2))

    assert first == again == Identity.objects.get()
    assert (first.kind, first.key_hash) == (kind, key_of(identity=value))
    assert value not in first.key_hash


@pytest.mark.django_db
def test_one_shopper_may_have_several_of_a_kind_and_share_them():
    lena, tom = make_shopper(), make_shopper()

    remember(shopper=lena, kind=IdentityKind.CHAT, value="host:4711")
    remember(shopper=lena, kind=IdentityKind.CHAT, value="whatsapp:351912345678")
    remember(shopper=tom, kind=IdentityKind.CHAT, value="host:4711")

    assert Identity.objects.count() == 3
    assert Identity.objects.filter(key_hash=key_of(identity="host:4711")).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IdentityKind.DEVICE, "short"),
        (IdentityKind.DEVICE, "x" * 65),
        (IdentityKind.DEVICE, "0b7e4a52 7c1f 4a30"),
        (IdentityKind.CHAT, "4711"),
        (IdentityKind.CHAT, "host:"),
        (IdentityKind.CHAT, "host:47\n11"),
    ],
)
def test_what_is_no_identity_is_refused(kind, value):
    with pytest.raises(IdentityInvalid):
        remember(shopper=make_shopper(), kind=kind, value=value)

    assert Identity.objects.count() == 0


@pytest.mark.django_db
def test_who_tries_out_numbers_is_stopped_at_twenty():
    shopper = make_shopper()
    for number in range(20):
        remember(shopper=shopper, kind=IdentityKind.PHONE, value=f"+3519123456{number:02}")

    with pytest.raises(TooManyIdentities) as refusal:
        remember(shopper=shopper, kind=IdentityKind.PHONE, value="+351912345699")
    remember(shopper=shopper, kind=IdentityKind.PHONE, value="+351912345600")

    assert refusal.value.facts == {"kind": "phone", "most": 20}
    assert Identity.objects.count() == 20


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("+351 912 345 678", "DE", "+351912345678"),
        ("00351 912-345-678", "DE", "+351912345678"),
        ("912 345 678", "PT", "+351912345678"),
        ("0170 1234567", "DE", "+491701234567"),
        ("+49 (0)170 1234567", "PT", "+491701234567"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("06 20 123 4567", "HU", "+36201234567"),
        ("1 (212) 555-0123", "US", "+12125550123"),
        ("0555 123456", "TR", "+555123456"),
    ],
)
def test_a_telephone_number_has_one_form(text, country, number):
    assert normalise_phone(text=text, country=country) == number


@pytest.mark.parametrize("text", ["", "112", "call me", "+351 912 345 678 90 12 34", "912345678x5", "٠٩١٢٣٤٥٦٧٨"])
def test_what_is_no_telephone_number_is_refused(text):
    with pytest.raises(PhoneInvalid):
        normalise_phone(text=text, country="PT")
