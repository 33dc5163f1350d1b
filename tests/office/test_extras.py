"""Where creators say what they offer beside the goods."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from PIL import Image

from drops.catalog.extras import Extra
from tests.drops.catalog.pictures import left_red_right_blue
from tests.factories import make_capsule, make_creator, make_extra, make_product

pytestmark = pytest.mark.django_db

ADD, CHANGE, LIST = (f"admin:drops_extra_{page}" for page in ("add", "change", "changelist"))


def form(shop, **changed):
    return {
        "creator": shop.creator.pk,
        "kind": "packaging",
        "title": "Gift wrap",
        "blurb": "In linen cloth.",
        "price": "4.00",
        "tax_class": "standard",
        "position": 0,
        "is_active": "on",
        **changed,
    }


def errors_of(answer):
    return str(dict(answer.context["adminform"].form.errors))


def test_an_owner_offers_something_at_a_price_as_people_write_it(shop, owner):
    answer = owner.post(reverse(ADD), form(shop, is_per_unit="on"))

    assert answer.status_code == 302
    made = Extra.objects.get()
    assert (made.creator, made.kind, made.title, made.price_minor) == (shop.creator, "packaging", "Gift wrap", 400)
    assert (made.is_per_unit, made.is_active, made.tax_class, len(made.ref)) == (True, True, "standard", 32)
    listed = owner.get(reverse(LIST)).content.decode()
    assert "Gift wrap" in listed and "each unit" in listed and "everything" in listed


def test_it_may_be_offered_beside_some_products_or_one_capsule_alone(shop, owner):
    capsule = make_capsule(creator=shop.creator)
    mug = make_product(capsule=capsule, title="Ring mug")

    owner.post(reverse(ADD), form(shop, capsule=capsule.pk, products=[mug.pk]))

    made = Extra.objects.get()
    assert (made.capsule, list(made.products.all())) == (capsule, [mug])
    assert "Ring mug" in owner.get(reverse(LIST)).content.decode()


SOAP = {"hs_code": "3401.30", "origin_country": "pt", "customs_description": "Liquid soap in bottle"}


def test_an_owner_says_what_customs_is_told_of_an_extra(shop, owner):
    answer = owner.post(reverse(ADD), form(shop, kind="extra", title="Care kit", **SOAP))

    assert answer.status_code == 302
    made = Extra.objects.get()
    assert (made.hs_code, made.origin_country, made.customs_description) == ("340130", "PT", "Liquid soap in bottle")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        (SOAP | {"hs_code": "soap"}, "“soap” is not an HS code"),
        (SOAP | {"origin_country": "XX"}, "“XX” is not a country"),
        (SOAP | {"customs_description": "Gift"}, "customs_description"),
        (SOAP | {"origin_country": ""}, "or none of them: it is counted with the goods then."),
        (SOAP | {"kind": "packaging"}, "A way to pack is counted with the goods"),
    ],
)
def test_what_customs_could_not_read_is_refused_and_nothing_is_offered(shop, owner, changed, reason):
    answer = owner.post(reverse(ADD), form(shop, **{"kind": "extra"} | changed))

    assert reason in errors_of(answer)
    assert not Extra.objects.exists()


@pytest.mark.parametrize("limit", ["capsule", "products"])
def test_nothing_is_tied_to_what_another_creator_sells(shop, owner, limit):
    theirs = make_product(capsule=make_capsule(creator=make_creator(slug="other")))
    wrong = {"capsule": theirs.capsule_id} if limit == "capsule" else {"products": [theirs.pk]}

    answer = owner.post(reverse(ADD), form(shop, **wrong))

    assert limit in errors_of(answer)
    assert Extra.objects.count() == 0


def test_a_picture_is_cleaned_and_described(shop, owner):
    upload = SimpleUploadedFile("wrap.jpeg", left_red_right_blue(turned=6, size=(1200, 800)), content_type="image/jpeg")

    bare = owner.post(reverse(ADD), form(shop, photo=upload))
    upload.seek(0)
    owner.post(reverse(ADD), form(shop, photo=upload, photo_alt="A mug in grey linen."))

    assert "Say what the picture shows, for those who do not see it." in errors_of(bare)
    with Extra.objects.get().photo.open() as stored:
        data = stored.read()
    assert Image.open(BytesIO(data)).size == (427, 640)
    assert b"Rua do Sol" not in data


def test_a_packer_looks_and_a_stranger_does_not_even_see(shop, owner, packer):
    mine, theirs = make_extra(creator=shop.creator), make_extra(creator=make_creator(slug="other"), title="Theirs")

    changed = packer.post(reverse(CHANGE, args=[mine.pk]), form(shop, title="Changed"))
    added = packer.post(reverse(ADD), form(shop))

    assert (changed.status_code, added.status_code) == (403, 403)
    assert owner.get(reverse(CHANGE, args=[theirs.pk])).status_code == 302
    assert "Theirs" not in owner.get(reverse(LIST)).content.decode()
    assert sorted(Extra.objects.values_list("title", flat=True)) == ["Gift wrap", "Theirs"]


def test_the_database_takes_no_other_kinds_no_empty_titles_and_no_picture_without_words(shop):
    for wrong in ({"kind": "bribe"}, {"tax_class": "none"}, {"title": ""}, {"photo": "creators/x.jpg"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_extra(creator=shop.creator, **wrong)
    assert Extra.objects.count() == 0
