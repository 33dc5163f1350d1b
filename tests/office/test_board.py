import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from drops.returns.models import Return, ReturnReason, ReturnState
from drops.sales.models import Order
from drops.schedule.models import DropState
from drops.stock.counts import counts_of
from drops.stock.models import Token
from fulfillment.models import Batch, BatchState, ParcelState
from fulfillment.parcels import pack_parcel
from tests.drops.reminders.makers import ENDPOINT, KEYS, by_mail, by_push, make_drop_to_come
from tests.factories import NOON, make_drop, make_drop_sku, make_product, make_sku
from tests.fulfillment.makers import AFTER, make_closed_drop, make_order, parcel_of

pytestmark = pytest.mark.django_db


def board(drop, page=""):
    return reverse(f"admin:office_board{page}", args=[drop.pk])


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def test_the_board_shows_counts_the_checklist_and_where_to_mend(shop, owner):
    page = owner.get(board(shop.draft)).content.decode()

    assert "Ours mug" in page
    assert "6 units of 1 SKUs, each with its token." in page
    assert "Ours mug has no photo" in page
    assert reverse("admin:drops_product_changelist") in page


def test_a_drop_that_is_not_ready_stays_a_draft_and_every_reason_is_said(shop, owner):
    answer = owner.post(board(shop.draft, "_move"), {"step": "schedule"}, follow=True)

    shop.draft.refresh_from_db()
    assert shop.draft.state == DropState.DRAFT
    assert any("has no photo" in line for line in said(answer))


def test_an_action_reports_each_refusal_and_goes_on(shop, owner):
    address = reverse("admin:drops_drop_changelist")
    other = make_closed_drop(capsule=shop.capsule, title="Running", state=DropState.OPEN)

    answer = owner.post(address, {"action": "pause", "_selected_action": [shop.draft.pk, other.pk]}, follow=True)

    other.refresh_from_db()
    assert other.state == DropState.PAUSED
    assert sorted(said(answer)) == ["Ours draft: Ours draft is draft.", "Running: paused."]


def test_pausing_stores_the_reason_that_shoppers_read(shop, owner):
    drop = make_closed_drop(capsule=shop.capsule, state=DropState.OPEN)

    owner.post(board(drop, "_move"), {"step": "pause", "reason": "A photo is wrong; back at noon."})

    drop.refresh_from_db()
    assert (drop.state, drop.pause_reason) == (DropState.PAUSED, "A photo is wrong; back at noon.")


def test_units_are_planned_from_the_board_and_nonsense_is_refused(shop, owner):
    other = make_sku(product=shop.product, code="OURS-2")

    answer = owner.post(
        board(shop.draft, "_plan"), {f"units-{shop.sku.pk}": "9", f"units-{other.pk}": "many"}, follow=True
    )

    assert [(count.sku_code, count.available) for count in counts_of(drop_id=shop.draft.pk)] == [("OURS-1", 9)]
    assert len(said(answer)) == 2


def test_units_change_while_the_drop_runs_and_the_shortfall_is_shown(shop, owner):
    drop_sku = make_drop_sku(drop=make_drop(capsule=shop.capsule), units=3)
    Token.objects.filter(drop_sku=drop_sku, ordinal__lte=2).update(free_at=drop_sku.drop.closes_at, status="held")

    answer = owner.post(board(drop_sku.drop, "_change"), {f"by-{drop_sku.sku_id}": "-2"}, follow=True)

    drop_sku.refresh_from_db()
    assert (drop_sku.planned, drop_sku.shortfall) == (1, 1)
    assert said(answer) == [f"{drop_sku.sku}: -2 units."]
    assert "1 to leave when it returns" in answer.content.decode()
    assert drop_sku.changes.get().actor == "office:owner"


@pytest.mark.parametrize("typed", ["many", "--3", "3.5", "99999"])
def test_a_change_that_is_no_number_is_refused(shop, owner, typed):
    drop_sku = make_drop_sku(drop=make_drop(capsule=shop.capsule), units=3)

    answer = owner.post(board(drop_sku.drop, "_change"), {f"by-{drop_sku.sku_id}": typed}, follow=True)

    assert said(answer) == [f"{drop_sku.sku}: {typed!r} is not a change like +5 or -3."]
    assert counts_of(drop_id=drop_sku.drop_id)[0].total == 3


def test_a_packer_cannot_move_or_plan_a_drop(shop, packer):
    drop = make_closed_drop(capsule=shop.capsule, state=DropState.OPEN)

    packer.post(board(drop, "_move"), {"step": "close"})
    packer.post(board(shop.draft, "_plan"), {f"units-{shop.sku.pk}": "1"})
    packer.post(board(drop, "_change"), {f"by-{shop.sku.pk}": "1"})

    drop.refresh_from_db()
    assert drop.state == DropState.OPEN
    assert counts_of(drop_id=shop.draft.pk)[0].available == 6


def test_looking_at_the_address_of_a_step_does_nothing(shop, owner):
    for page in ("_move", "_plan", "_change", "_batch"):
        assert owner.get(board(shop.draft, page)).status_code == 405


def test_a_batch_is_made_from_the_board_and_told_to_run(shop, packer):
    drop = make_closed_drop(capsule=shop.capsule)
    make_order(drop=drop)

    packer.post(board(drop, "_batch"))

    batch = Batch.objects.get(drop=drop)
    assert batch.created_by.username == "packer"
    assert batch.run_asked_at is not None
    assert batch.state == BatchState.DRAFT


def test_no_batch_is_made_while_the_drop_runs_and_the_reason_is_said(shop, owner):
    drop = make_closed_drop(capsule=shop.capsule, state=DropState.DRAFT)

    answer = owner.post(board(drop, "_batch"), follow=True)

    assert not Batch.objects.filter(drop=drop).exists()
    assert said(answer) == [f"{drop.title} is not over yet."]


def test_the_board_asks_as_often_for_many_skus_as_for_one(shop, owner):
    with CaptureQueriesContext(connection) as few:
        owner.get(board(shop.draft))
    for _ in range(8):
        make_sku(product=make_product(capsule=shop.capsule))
    with CaptureQueriesContext(connection) as many:
        owner.get(board(shop.draft))

    assert len(many) == len(few)
    assert len(few) <= 38


@pytest.mark.parametrize("name", ["drops_order", "fulfillment_parcel", "drops_product", "drops_hold", "drops_token"])
def test_a_list_asks_as_often_for_many_rows_as_for_few(name, shop, owner):
    address = reverse(f"admin:{name}_changelist")
    with CaptureQueriesContext(connection) as few:
        owner.get(address)
    for _ in range(4):
        make_order(drop=shop.over)
    with CaptureQueriesContext(connection) as many:
        owner.get(address)

    assert len(many) == len(few)


def test_a_parcel_is_packed_handed_over_and_its_number_corrected_at_the_table(printed, packer):
    table = reverse("admin:office_parcel", args=[printed.parcel.pk])
    packer.post(table, {"step": "pack"})
    packer.post(table, {"step": "hand", "carrier": "CTT", "tracking_number": "RR1PT"})
    packer.post(table, {"step": "tracking", "carrier": "CTT", "tracking_number": "RR2PT"})

    printed.parcel.refresh_from_db()
    printed.batch.refresh_from_db()
    assert (printed.parcel.state, printed.parcel.tracking_number) == (ParcelState.SHIPPED, "RR2PT")
    assert printed.batch.state == BatchState.DONE


def test_the_packing_table_shows_what_customs_is_told_and_nothing_of_it_at_home(printed, packer):
    table = reverse("admin:office_parcel", args=[printed.parcel.pk])
    assert "For customs of" not in packer.get(table).content.decode()
    line = {"hs_code": "691200", "origin_country": "PT", "quantity": 1}
    mug = line | {"sku": "OURS-1", "description": "Glazed stoneware mug", "value_minor": 4108, "packing_minor": 308}
    kit = line | {
        "extra": "e",
        "title": "Care kit",
        "description": "Liquid soap",
        "value_minor": 1292,
        "packing_minor": 92,
    }
    seen = {"country": "NO", "incoterm": "DAP", "currency": "EUR", "items": [mug, kit]}
    delivery = printed.order.terms["delivery"] | {"import": seen}
    type(printed.order).objects.update(terms=printed.order.terms | {"delivery": delivery})

    page = " ".join(packer.get(table).content.decode().split())

    assert "For customs of Norway" in page
    assert "DAP, worth €54.00 with the packing and without the postage" in page
    assert (
        '1 × Glazed stoneware mug <span class="office-quiet">OURS-1</span> </th> <td>691200</td> <td>PT</td> <td>€41.08</td>'
        in page
    )
    assert '1 × Liquid soap <span class="office-quiet">Care kit</span>' in page


def test_a_refusal_at_the_packing_table_is_said_and_changes_nothing(printed, packer):
    table = reverse("admin:office_parcel", args=[printed.parcel.pk])

    answer = packer.post(table, {"step": "hand", "tracking_number": "RR1PT"}, follow=True)

    printed.parcel.refresh_from_db()
    assert printed.parcel.state == ParcelState.FROZEN
    assert said(answer) == [f"Parcel {printed.parcel.ref} cannot be handed over: to be packed."]


def test_a_parcel_whose_buyer_withdrew_says_so_in_its_batch_and_offers_no_packing(printed, packer):
    returned = Return.objects.create(
        order=printed.order,
        state=ReturnState.APPROVED,
        is_withdrawal=True,
        reason=ReturnReason.CHANGED_MIND,
        created_at=NOON,
        approved_at=NOON,
    )
    reason = f"Its buyer wants to give it back, or a part of it ({returned}): send the money back, or end the return."
    table = reverse("admin:office_parcel", args=[printed.parcel.pk])

    batch = packer.get(reverse("admin:fulfillment_batch_change", args=[printed.batch.pk])).content.decode()
    page = packer.get(table).content.decode()
    answer = packer.post(table, {"step": "pack"}, follow=True)

    assert f"<b>To be packed</b> {reason}</li>" in batch
    assert reason in page and 'value="pack"' not in page
    assert said(answer) == [f"Parcel {printed.parcel.ref} stays here. {reason}"]
    printed.parcel.refresh_from_db()
    assert printed.parcel.state == ParcelState.FROZEN


def test_several_parcels_are_packed_at_once_and_each_refusal_named(printed, packer):
    waiting = parcel_of(make_order(drop=make_closed_drop(capsule=printed.capsule)))
    form = {"action": "pack", "_selected_action": [printed.parcel.pk, waiting.pk]}

    answer = packer.post(reverse("admin:fulfillment_parcel_changelist"), form, follow=True)

    printed.parcel.refresh_from_db()
    assert printed.parcel.state == ParcelState.PACKED
    assert sorted(said(answer)) == sorted(
        [
            f"Parcel {printed.parcel.ref}: packed.",
            f"Parcel {waiting.ref}: Parcel {waiting.ref} cannot be packed: waiting for a batch.",
        ]
    )


def test_an_order_reads_like_its_receipt_with_its_story(printed, owner):
    printed.hold.events.create(
        from_state="", to_state="held", actor="shopper", reason="quote accepted", at=printed.hold.created_at
    )
    pack_parcel(parcel_id=printed.parcel.pk, now=AFTER)

    page = owner.get(reverse("admin:drops_order_change", args=[printed.order.pk])).content.decode()

    assert "€42.50" in page
    assert "quote accepted" in page
    assert "Is packed and waits for the carrier." in page


def test_an_order_says_where_it_goes_as_a_letter_would(printed, owner):
    Order.objects.filter(pk=printed.order.pk).update(
        address={"city": "Lisboa", "street": "Rua do Poço 4", "country": "PT", "postcode": "1200-109"}
    )

    answer = owner.get(reverse("admin:drops_order_change", args=[printed.order.pk]))

    assert answer.context["address"] == ["Rua do Poço 4", "1200-109 Lisboa", "Portugal"]


def test_today_names_what_waits_and_nothing_of_strangers(shop, strangers, owner):
    make_order(drop=shop.over)

    page = owner.get(reverse("admin:index")).content.decode()

    assert "Ours draft" in page
    assert "parcel waits for a batch" in page
    assert "Theirs" not in page


def test_origins_are_set_where_the_snippet_is_and_only_real_ones(shop, owner):
    page = reverse("admin:office_embed", args=[shop.creator.pk])
    assert shop.creator.embed_key in owner.get(page).content.decode()

    owner.post(page, {"origins": "javascript:alert(1)"})
    shop.creator.refresh_from_db()
    assert shop.creator.allowed_origins == ["https://kilnandtide.example"]

    owner.post(page, {"origins": "https://Ours.example/\nhttp://127.0.0.1:9000"})
    shop.creator.refresh_from_db()
    assert shop.creator.allowed_origins == ["https://ours.example", "http://127.0.0.1:9000"]


def test_the_board_counts_reminders_and_shows_no_address(shop, owner):
    drop = make_drop_to_come(capsule=shop.capsule)
    by_mail(drop, "lena@example.org")
    by_mail(drop, "mira@example.org")

    page = owner.get(board(drop))

    words = " ".join(strip_tags(page.content.decode()).split())
    assert "E-mail 2 0 0 2" in words
    assert "Before it opens: 0 sent, 0 on their way, 0 not sent." in words
    assert "lena@" not in words


def test_the_office_shows_a_reminder_without_its_address(shop, owner):
    reminder = by_push(make_drop_to_come(capsule=shop.capsule))
    listed = owner.get(reverse("admin:drops_reminder_changelist"))
    shown = owner.get(reverse("admin:drops_reminder_change", args=[reminder.pk]))

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "Tell me when it opens." in shown.content.decode()
    for page in (listed, shown):
        words = page.content.decode()
        assert not any(secret in words for secret in (ENDPOINT, reminder.contact_hash, KEYS["auth"]))
