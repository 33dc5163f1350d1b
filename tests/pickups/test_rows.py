from datetime import timedelta

import pytest

from drops.sales import gifts
from drops.sales.delivery import Recipient
from drops.sales.models import OrderLine
from pickups.handover import hand_over
from pickups.models import RosterAct, RosterActKind, RosterRole
from pickups.rows import MayNotSearch, SearchTooShort, day_of, own_rows_of, rows_of, search_rows, shown_name
from pickups.slots import bookable_slots
from tests.clock import stopped_clock
from tests.factories import NOON, make_extra
from tests.pickups.factories import first_slot, make_cafe, make_device, make_mugs, make_pickup

pytestmark = pytest.mark.django_db

FOUR = NOON + timedelta(hours=4)


@pytest.fixture(autouse=True)
def noon():
    with stopped_clock(NOON):
        yield


@pytest.fixture
def cafe():
    return make_cafe()


@pytest.fixture
def slot(cafe):
    return first_slot(cafe)


@pytest.fixture
def cast(cafe, slot):
    mugs = make_mugs(creator=cafe.creators.get())
    make_pickup(slot=bookable_slots(location=cafe, now=NOON)[3], drop_sku=mugs, name="Zoe Kerr")
    return [
        make_pickup(slot=slot, drop_sku=mugs, name=name, quantity=quantity)
        for name, quantity in [("Lena Vogt", 1), ("Tomás Ruiz", 2), ("Aiko", 1)]
    ]


@pytest.fixture
def mira(cafe):
    return make_device(location=cafe)


def test_a_row_says_as_little_as_will_do(cast, slot, mira):
    rows = {row.ref: row for row in rows_of(device=mira, slot_ref=slot.ref, now=FOUR)}

    row = rows[cast[1].ref]
    title = cast[1].order.lines.get().title
    assert (row.name, row.items, row.short_code) == ("Tomás R.", f"{title}\u00a0×\u00a02", cast[1].short_code)
    assert (row.state_text, row.may_hand_over, row.may_undo) == ("Booked", True, False)
    assert not {"email", "total", "price", "address", "phone"} & set(vars(row))


def test_a_row_of_a_gift_says_who_collects_and_is_found_under_both_names(cast, slot, mira):
    _, token = gifts.give(order=cast[0].order, message="", now=NOON)
    gifts.claim(token=token, to=Recipient(name="Inês Prado"), now=NOON)

    rows = {row.ref: row for row in rows_of(device=mira, slot_ref=slot.ref, now=FOUR)}

    assert (rows[cast[0].ref].name, rows[cast[0].ref].collector) == ("Lena V.", "Inês")
    assert rows[cast[1].ref].collector == ""
    for name in ("Inês", "Lena"):
        assert [row.ref for row in search_rows(device=mira, name=name, now=FOUR)] == [cast[0].ref]


def test_a_row_says_what_goes_with_the_goods_and_not_what_it_cost(cast, slot, mira):
    for title, quantity in (("Gift wrap", 1), ("Note", 2)):
        OrderLine.objects.create(
            order=cast[1].order,
            extra=make_extra(creator=cast[1].order.creator, title=title),
            title=title,
            quantity=quantity,
            unit_price_minor=400,
        )

    rows = {row.ref: row for row in rows_of(device=mira, slot_ref=slot.ref, now=FOUR)}

    assert [rows[pickup.ref].beside for pickup in cast] == ["", "Gift wrap, 2 × Note", ""]
    assert not {"total", "price", "unit_price_minor"} & set(vars(rows[cast[1].ref]))


def test_a_list_that_was_shown_is_written_down(cast, slot, mira):
    rows_of(device=mira, slot_ref=slot.ref, now=FOUR)

    act = RosterAct.objects.get(kind=RosterActKind.LISTED)
    assert (act.device, act.rows, act.at) == (mira, 3, FOUR)


def test_who_was_served_sinks_to_the_end(cast, slot, mira):
    hand_over(device=mira, pickup_ref=cast[0].ref, nonce="nonce-one", now=FOUR + timedelta(minutes=12))

    rows = rows_of(device=mira, slot_ref=slot.ref, now=FOUR + timedelta(minutes=13))

    assert rows[-1].ref == cast[0].ref
    assert (rows[-1].state_text, rows[-1].is_done, rows[-1].may_undo) == ("Handed over 16:12 by Mira", True, True)


def test_a_part_that_was_handed_over_is_said(cast, slot, mira):
    unit = cast[1].units.order_by("pk").values_list("unit_id", flat=True)[0]
    hand_over(device=mira, pickup_ref=cast[1].ref, nonce="nonce-one", now=FOUR, unit_ids=[unit])

    row = next(row for row in rows_of(device=mira, slot_ref=slot.ref, now=FOUR) if row.ref == cast[1].ref)

    assert row.state_text == "1 of 2 handed over 16:00 by Mira"
    assert (row.may_hand_over, row.may_undo) == (True, True)


def test_a_day_counts_people_by_slot_and_begins_where_somebody_is_due(cast, slot, mira):
    hand_over(device=mira, pickup_ref=cast[0].ref, nonce="nonce-one", now=FOUR)

    day = day_of(device=mira, now=FOUR)

    assert [(tab.when, tab.done, tab.total) for tab in day.slots] == [("Fri 27 Nov, 16–18h", 1, 3)]
    assert day.chosen.ref == slot.ref
    assert [(tab.text, tab.is_chosen) for tab in day.days] == [("Today", True), ("Sat 28 Nov", False)]


def test_a_slot_of_another_place_is_not_shown(cast, mira):
    foreign = first_slot(make_cafe(partner_name="Loja Norte", name="Loja Norte"))

    assert day_of(device=mira, now=FOUR, slot_ref=foreign.ref).chosen.ref != foreign.ref
    assert rows_of(device=mira, slot_ref=foreign.ref, now=FOUR) == []


def test_one_who_only_scans_sees_what_they_handed_over_and_no_more(cast, slot, cafe):
    helper = make_device(location=cafe, role=RosterRole.SCAN, label="Jo")
    hand_over(device=helper, pickup_ref=cast[0].ref, nonce="nonce-one", now=FOUR)

    assert [row.ref for row in own_rows_of(device=helper, slot_ref=slot.ref, now=FOUR)] == [cast[0].ref]
    with pytest.raises(MayNotSearch):
        search_rows(device=helper, name="Lena", now=FOUR)
    assert not RosterAct.objects.filter(kind=RosterActKind.SEARCHED).exists()


@pytest.mark.parametrize("typed", ["tom", "TOMÁS", "Tomas ruiz", "  más "])
def test_a_name_is_found_with_or_without_its_accents(cast, mira, typed):
    assert [row.ref for row in search_rows(device=mira, name=typed, now=FOUR)] == [cast[1].ref]


def test_two_letters_are_too_few_to_search(cast, mira):
    with pytest.raises(SearchTooShort):
        search_rows(device=mira, name=" to ", now=FOUR)

    assert not RosterAct.objects.filter(kind=RosterActKind.SEARCHED).exists()


def test_a_search_is_written_down_without_its_words(cast, mira):
    search_rows(device=mira, name="Zoe", now=FOUR)

    act = RosterAct.objects.get(kind=RosterActKind.SEARCHED)
    assert (act.rows, "zoe" in str(vars(act)).lower()) == (1, False)


@pytest.mark.parametrize(
    ("full", "shown"),
    [("Lena Vogt", "Lena V."), ("Noor van der el-Amin", "Noor E."), ("Aiko", "Aiko"), (" ", "No name")],
)
def test_a_name_becomes_a_first_name_and_an_initial(full, shown):
    assert shown_name(full) == shown
