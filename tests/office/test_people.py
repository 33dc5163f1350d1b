"""What owners say and show of their shop."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from drops.catalog.models import Creator
from tests.drops.catalog.pictures import left_red_right_blue

pytestmark = pytest.mark.django_db


def form(**changed):
    kept = {
        "name": "Ours",
        "country": "PT",
        "time_zone": "Europe/Lisbon",
        "tax_rate_bp": 2300,
        "tax_rounding": "net_sum",
    }
    return {**kept, **changed}


def test_an_avatar_is_stored_upright_small_and_without_its_story(shop, owner):
    portrait = left_red_right_blue(turned=6, size=(1200, 800))
    change = reverse("admin:drops_creator_change", args=[shop.creator.pk])

    answer = owner.post(change, form(avatar=SimpleUploadedFile("me.jpeg", portrait, content_type="image/jpeg")))

    assert answer.status_code == 302
    with Creator.objects.get(pk=shop.creator.pk).avatar.open() as stored:
        data = stored.read()
    assert Image.open(BytesIO(data)).size == (213, 320)
    assert b"Rua do Sol" not in data


@pytest.mark.parametrize("data", [b"GIF89a", b"<svg onload='alert(1)'/>", b""], ids=["cut gif", "svg", "empty"])
def test_what_is_no_photograph_is_refused_beside_the_field(data, shop, owner):
    change = reverse("admin:drops_creator_change", args=[shop.creator.pk])

    answer = owner.post(change, form(banner=SimpleUploadedFile("me.jpg", data, content_type="image/jpeg")))

    assert answer.status_code == 200
    assert "banner" in answer.context["adminform"].form.errors
    assert not Creator.objects.get(pk=shop.creator.pk).banner
