"""18:00 in the office is 18:00 where the drop is."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from drops.catalog.models import Creator
from drops.schedule.models import Drop, DropState

pytestmark = pytest.mark.django_db


def form(shop, **changed):
    return {
        "creator": shop.creator.pk,
        "capsule": shop.capsule.pk,
        "title": "Summer",
        "ref": "summer",
        "opens_at_0": "2027-07-02",
        "opens_at_1": "18:00",
        "closes_at_0": "2027-07-02",
        "closes_at_1": "20:00",
        "time_zone": "Europe/Berlin",
        "hold_minutes": 10,
        "members_first_minutes": 0,
        "account_limit": 2,
        **changed,
    }


def test_the_hours_of_a_drop_are_typed_by_the_drops_own_clock(shop, owner):
    owner.post(reverse("admin:drops_drop_add"), form(shop))

    drop = Drop.objects.get(ref="summer")
    assert drop.opens_at == datetime(2027, 7, 2, 16, 0, tzinfo=UTC)
    assert drop.closes_at == datetime(2027, 7, 2, 18, 0, tzinfo=UTC)
    page = owner.get(reverse("admin:drops_drop_change", args=[drop.pk])).content.decode()
    assert 'value="18:00:00"' in page
    Drop.objects.filter(pk=drop.pk).update(state=DropState.SCHEDULED)
    assert "Fri 2 Jul 2027, 18:00" in owner.get(reverse("admin:drops_drop_change", args=[drop.pk])).content.decode()
    assert "Fri 2 Jul 2027, 18:00" in owner.get(reverse("admin:drops_drop_changelist")).content.decode()


@pytest.mark.parametrize(
    ("day", "hour"), [("2027-03-28", "02:30"), ("2027-10-31", "02:30")], ids=["skipped in spring", "twice in autumn"]
)
def test_an_hour_that_the_clock_skips_or_repeats_is_refused(day, hour, shop, owner):
    answer = owner.post(reverse("admin:drops_drop_add"), form(shop, opens_at_0=day, opens_at_1=hour))

    assert "couldn’t be interpreted in time zone Europe/Berlin" in answer.content.decode()
    assert not Drop.objects.filter(ref="summer").exists()


def test_a_zone_that_is_none_is_refused_with_its_name(shop, owner):
    answer = owner.post(reverse("admin:drops_drop_add"), form(shop, time_zone="Mars/Phobos"))

    assert "&#x27;Mars/Phobos&#x27; is not a time zone of the IANA database." in answer.content.decode()
    assert not Drop.objects.filter(ref="summer").exists()


def test_a_new_drop_begins_with_the_clock_of_the_shop(shop, owner):
    Creator.objects.filter(pk=shop.creator.pk).update(time_zone="Asia/Tokyo")

    assert 'value="Asia/Tokyo"' in owner.get(reverse("admin:drops_drop_add")).content.decode()


def test_lists_go_by_the_clock_of_the_shop_and_an_operators_by_utc(shop, owner, superuser):
    Creator.objects.filter(pk=shop.creator.pk).update(time_zone="Asia/Tokyo")
    order = shop.order
    type(order).objects.filter(pk=order.pk).update(paid_at=datetime(2027, 1, 1, 20, 0, tzinfo=UTC))
    orders = reverse("admin:drops_order_changelist")

    assert "Sat 2 Jan 2027, 05:00" in owner.get(orders).content.decode()
    assert "Fri 1 Jan 2027, 20:00" in superuser.get(orders).content.decode()


def test_a_shop_is_not_moved_to_a_zone_that_is_none(shop, superuser):
    change = reverse("admin:drops_creator_change", args=[shop.creator.pk])

    answer = superuser.post(change, {"name": "Ours", "time_zone": "Mars/Phobos"})

    assert "is not a time zone of the IANA database." in answer.content.decode()
    assert Creator.objects.get(pk=shop.creator.pk).time_zone == "Europe/Lisbon"
