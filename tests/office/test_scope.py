"""A creator's people see their own rows and nobody else's, by whichever way they ask."""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.urls import reverse

from creatorshop.office.scope import ScopedAdmin
from drops.catalog.creators import add_member
from drops.catalog.models import Capsule, Creator, MemberRole, Product
from drops.schedule.models import Drop, DropState
from fulfillment.models import Batch, Parcel, ParcelState, Rate
from pickups.models import HoursException, WeeklyHours
from tests.office.people import client_of, make_person

ADMINS = {model: found for model, found in admin.site._registry.items() if isinstance(found, ScopedAdmin)}
ROWS = [
    "creator", "capsule", "product", "sku", "draft", "order", "line", "hold", "shopper", "zone", "rate", "batch",
    "parcel", "document",
]  # fmt: skip


def url(row, page):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.pk])


def list_url(model):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def test_every_model_of_the_shop_is_in_the_office_and_in_scope():
    ours = {
        model
        for name in ("drops", "fulfillment", "pickups", "chat", "insights")
        for model in apps.get_app_config(name).get_models()
    }
    through = {model for model in ours if model._meta.auto_created}

    # Hours are written in their location's form alone.
    assert ours - through - set(ADMINS) == {WeeklyHours, HoursException}
    assert set(admin.site._registry) - set(ADMINS) == {User, Group}


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_every_list_opens_and_shows_nothing_of_strangers(model, shop, strangers, owner):
    answer = owner.get(list_url(model))

    assert answer.status_code in (200, 403)
    assert b"Theirs" not in answer.content
    assert b"THEIRS" not in answer.content


@pytest.mark.parametrize("model", ADMINS, ids=lambda model: model.__name__)
def test_every_list_opens_for_a_superuser(model, shop, superuser):
    assert superuser.get(list_url(model)).status_code == 200


@pytest.mark.parametrize("name", ROWS)
def test_ones_own_row_opens_and_a_strangers_does_not_exist(name, shop, strangers, owner):
    own, other = getattr(shop, name), getattr(strangers, name)

    assert owner.get(url(own, "change")).status_code == 200
    for page in ("change", "history", "delete"):
        answer = owner.get(url(other, page))
        assert answer.status_code in (302, 403, 404), page
        assert b"Theirs" not in answer.content


@pytest.mark.parametrize("name", ["capsule", "product", "draft", "zone", "rate"])
def test_a_strangers_row_cannot_be_written(name, shop, strangers, owner):
    row = getattr(strangers, name)
    before = type(row).objects.values().get(pk=row.pk)

    answer = owner.post(url(row, "change"), {"title": "Stolen", "name": "Stolen"})

    assert answer.status_code == 302
    assert type(row).objects.values().get(pk=row.pk) == before


def test_an_action_on_a_strangers_row_moves_nothing(shop, strangers, owner):
    form = {"action": "pack", "_selected_action": [strangers.parcel.pk]}

    owner.post(list_url(Parcel), form)
    owner.post(list_url(Drop), {"action": "schedule", "_selected_action": [strangers.draft.pk]})
    owner.post(list_url(Rate), {"action": "withdraw", "_selected_action": [strangers.rate.pk]})
    owner.post(list_url(Batch), {"action": "cancel", "_selected_action": [strangers.batch.pk]})

    strangers.parcel.refresh_from_db()
    strangers.draft.refresh_from_db()
    strangers.rate.refresh_from_db()
    assert strangers.parcel.state == ParcelState.QUEUED
    assert strangers.draft.state == DropState.DRAFT
    assert strangers.rate.withdrawn_at is None


def test_a_search_for_rows_finds_ones_own_only(shop, strangers, owner):
    asked = {"app_label": "drops", "model_name": "product", "field_name": "capsule"}

    answer = owner.get(reverse("admin:autocomplete"), asked)

    assert [choice["text"] for choice in answer.json()["results"]] == ["Ours capsule"]


def test_a_form_offers_ones_own_rows_only_and_refuses_a_strangers(shop, strangers, owner):
    page = owner.get(reverse("admin:drops_capsule_add")).content.decode()
    assert f'value="{shop.creator.pk}"' in page
    assert f'value="{strangers.creator.pk}"' not in page

    answer = owner.post(
        reverse("admin:drops_capsule_add"), {"creator": strangers.creator.pk, "title": "Smuggled", "slug": "smuggled"}
    )

    assert answer.status_code == 200
    assert not Capsule.objects.filter(slug="smuggled").exists()


def test_a_person_of_two_shops_cannot_tie_their_rows_together(shop, strangers):
    person = make_person("both", creator=shop.creator)
    add_member(creator=strangers.creator, user=person, role=MemberRole.OWNER)

    answer = client_of(person).post(
        reverse("admin:drops_drop_add"),
        {
            "creator": shop.creator.pk,
            "capsule": strangers.capsule.pk,
            "title": "Mixed",
            "ref": "mixed",
            "opens_at_0": "2027-01-01",
            "opens_at_1": "12:00",
            "closes_at_0": "2027-01-01",
            "closes_at_1": "20:00",
            "time_zone": "Europe/Lisbon",
            "hold_minutes": 10,
            "account_limit": 2,
        },
    )

    assert "These belong to different creators." in answer.content.decode()
    assert not Drop.objects.filter(ref="mixed").exists()


def test_somebody_without_a_shop_sees_nothing(shop):
    client = client_of(make_person("nobody"))

    assert client.get(list_url(Product)).status_code == 403
    assert client.get(url(shop.product, "change")).status_code == 403
    assert client.get(reverse("admin:index")).status_code == 200


def test_a_packer_packs_and_does_not_see_money_or_change_the_catalogue(shop, packer):
    assert packer.get(list_url(Parcel)).status_code == 200
    assert packer.get(reverse("admin:drops_payment_changelist")).status_code == 403
    assert packer.get(reverse("admin:drops_order_changelist")).status_code == 403
    assert packer.get(reverse("admin:drops_creatormember_changelist")).status_code == 403

    packer.post(url(shop.product, "change"), {"title": "Renamed"})

    shop.product.refresh_from_db()
    assert shop.product.title == "Ours mug"


def test_a_helper_changes_the_catalogue_but_not_who_works_here(shop, helper):
    assert helper.get(reverse("admin:drops_capsule_add")).status_code == 200
    assert helper.get(reverse("admin:drops_creatormember_add")).status_code == 403
    assert helper.get(reverse("admin:drops_payment_changelist")).status_code == 403


def test_an_owner_does_not_set_the_platforms_fee(shop, owner):
    owner.post(url(shop.creator, "change"), {"name": "Ours", "service_fee_bp": 0, "currency": "USD"})

    creator = Creator.objects.get(pk=shop.creator.pk)
    assert (creator.service_fee_bp, creator.currency) == (300, "EUR")


def test_an_owner_adds_a_member_by_their_login_without_a_list_of_everybody(shop, owner):
    newcomer = make_person("newcomer")
    add = reverse("admin:drops_creatormember_add")
    assert b"newcomer" not in owner.get(add).content

    refused = owner.post(add, {"creator": shop.creator.pk, "role": "packer", "login": "nobody-of-that-name"})
    taken = owner.post(add, {"creator": shop.creator.pk, "role": "packer", "login": "newcomer"})

    assert "Nobody logs in with this name." in refused.content.decode()
    assert taken.status_code == 302
    assert newcomer.memberships.get().role == "packer"


def test_a_paper_of_a_stranger_cannot_be_downloaded(shop, strangers, owner):
    own = owner.get(reverse("admin:office_paper", args=[shop.batch.pk, "packing_slips"]))
    other = owner.get(reverse("admin:office_paper", args=[strangers.batch.pk, "packing_slips"]))

    assert (own.status_code, own["Content-Type"]) == (200, "application/pdf")
    assert "no-store" in own["Cache-Control"]
    assert other.status_code == 404


@pytest.mark.parametrize("name", ["office_board", "office_board_counts"])
def test_a_strangers_board_does_not_exist(name, shop, strangers, owner):
    assert owner.get(reverse(f"admin:{name}", args=[shop.draft.pk])).status_code == 200
    assert owner.get(reverse(f"admin:{name}", args=[strangers.draft.pk])).status_code == 404


def test_what_a_packer_may_not_open_is_named_without_a_link(shop, packer, owner):
    packed = shop.parcel.units.get()
    order_unit = url(packed.unit, "change")

    assert order_unit in owner.get(url(packed, "change")).content.decode()
    page = packer.get(url(packed, "change")).content.decode()
    assert str(packed.unit) in page
    assert order_unit not in page


def test_the_board_leads_a_packer_only_where_a_packer_may_go(shop, packer):
    page = packer.get(reverse("admin:office_board", args=[shop.draft.pk])).content.decode()
    content = page[page.index('id="board"') :]

    links = {link for link in re.findall(r'href="(/admin/[^"]+)"', content) if "logout" not in link}
    assert links
    assert [link for link in links if packer.get(link).status_code != 200] == []


def test_an_owner_sees_a_members_login_without_a_link_to_the_operators_list(shop, owner):
    member = shop.creator.members.get()

    page = owner.get(url(member, "change")).content.decode()

    assert f">{member.user.username}<" in re.sub(r"\s", "", page)
    assert reverse("admin:auth_user_change", args=[member.user_id]) not in page
