"""Where creators say who may buy first."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from drops.audience import memberships
from drops.audience.models import Tier
from drops.clock import database_now
from drops.schedule.models import EarlyAccess, EarlyLink
from tests.factories import make_shopper

pytestmark = pytest.mark.django_db

ADD_TIER, TIERS = "admin:drops_tier_add", "admin:drops_tier_changelist"
ADD_LINK, LINKS = "admin:drops_earlylink_add", "admin:drops_earlylink_changelist"


def test_an_owner_offers_a_tier_and_sees_how_many_joined(shop, owner):
    form = {"creator": shop.creator.pk, "name": "Friends", "benefits": "The first hour\nA letter", "position": 0}
    assert owner.post(reverse(ADD_TIER), form | {"is_open": "on"}).status_code == 302
    tier = Tier.objects.get()
    assert (tier.benefits, tier.is_open) == (["The first hour", "A letter"], True)

    memberships.join(shopper=make_shopper(creator=shop.creator), source="chat", now=database_now())

    listed = owner.get(reverse(TIERS)).content.decode()
    assert re.search(r"field-member_count[^>]*>\s*1\s*<", listed)
    assert "chat" in owner.get(reverse("admin:drops_membership_changelist")).content.decode()


def test_too_many_benefits_are_refused_and_nothing_is_kept(shop, owner):
    form = {"creator": shop.creator.pk, "name": "Friends", "benefits": "a\nb\nc\nd\ne", "position": 0}

    assert "5 lines are too many" in owner.post(reverse(ADD_TIER), form).content.decode()
    assert Tier.objects.count() == 0


def test_a_personal_link_is_shown_once_works_and_can_be_taken_back(shop, owner):
    form = {"creator": shop.creator.pk, "drop": shop.draft.pk, "note": "For Lena"}
    page = owner.post(reverse(ADD_LINK), form, follow=True).content.decode()
    [address] = re.findall(r"(http[^\s<]*/early/[^\s/<]+/)", page)
    link = EarlyLink.objects.get()
    assert (link.creator, link.drop, link.note, link.used_at) == (shop.creator, shop.draft, "For Lena", None)
    assert address not in owner.get(reverse(LINKS)).content.decode()

    path = re.sub(r"^https?://[^/]+", "", address)
    assert Client().get(path).status_code == 200
    owner.post(reverse(LINKS), {"action": "revoke", "_selected_action": [link.pk]})

    assert Client().post(path).status_code == 409
    assert EarlyAccess.objects.count() == 0


def test_a_drops_time_for_members_is_promised_once_it_is_published(shop, owner):
    page = owner.get(reverse("admin:drops_drop_change", args=[shop.draft.pk])).content.decode()
    assert 'name="members_first_minutes"' in page
    shop.draft.state = "scheduled"
    shop.draft.save(update_fields=["state"])

    page = owner.get(reverse("admin:drops_drop_change", args=[shop.draft.pk])).content.decode()
    assert 'name="members_first_minutes"' not in page
