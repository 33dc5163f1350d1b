import pytest
from django.urls import reverse

from fulfillment.models import Parcel, ParcelState

pytestmark = pytest.mark.django_db


def test_what_waits_is_counted_in_good_english_and_leads_to_just_that(shop, owner):
    Parcel.objects.filter(pk=shop.parcel.pk).update(state=ParcelState.WAITING, batch=None)

    tasks = owner.get(reverse("admin:index")).context["office_tasks"]

    assert [(task["count"], task["text"]) for task in tasks] == [
        (1, "parcel waits for a batch"),
        (1, "paid order is not handed over yet"),
    ]
    for task in tasks:
        assert owner.get(task["url"]).context["cl"].result_count == 1


def test_the_snippets_open_a_real_sku_and_let_the_checkout_be_framed(shop, owner):
    page = owner.get(reverse("admin:office_embed", args=[shop.creator.pk])).content.decode()

    assert "data-creatorshop-open=&quot;OURS-1&quot;" in page or 'data-creatorshop-open="OURS-1"' in page
    assert "frame-src http" in page
