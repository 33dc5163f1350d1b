from datetime import timedelta

import pytest

from drops.catalog.models import Photo
from drops.schedule import queries, windows
from drops.schedule.models import Drop, DropState
from drops.schedule.readiness import readiness_of
from drops.stock.models import DropSku
from tests.factories import NOON, make_creator, make_drop, make_ready_drop

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def drop():
    return make_ready_drop(opens_at=NOON + HOUR, closes_at=NOON + 5 * HOUR)


def test_a_ready_draft_is_scheduled_and_opens_by_the_clock(drop):
    windows.schedule_drop(drop_id=drop.pk, now=NOON)
    assert windows.open_due_drops(now=NOON) == 0

    assert windows.open_due_drops(now=NOON + HOUR) == 1

    drop.refresh_from_db()
    assert (drop.state, drop.opened_at) == (DropState.OPEN, NOON + HOUR)


def test_opening_by_hand_makes_now_the_opening_time(drop):
    windows.schedule_drop(drop_id=drop.pk, now=NOON)

    windows.open_drop(drop_id=drop.pk, now=NOON)

    drop.refresh_from_db()
    assert (drop.state, drop.opens_at) == (DropState.OPEN, NOON)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda drop: Photo.objects.update(alt_text=" "), "Ring mug has 1 photo(s) without alt text."),
        (lambda drop: Photo.objects.all().delete(), "Ring mug has no photo."),
        (lambda drop: Photo.objects.update(rendition_widths=[]), "Ring mug has photos that are still being prepared."),
        (
            lambda drop: drop.capsule.products.update(benefits=["One"]),
            "Ring mug needs two or three benefits and has 1.",
        ),
        (lambda drop: drop.capsule.products.update(state="draft"), "{capsule} has no active product."),
        (lambda drop: DropSku.objects.update(planned=4), "{sku} has 3 tokens for 4 units."),
        (lambda drop: type(drop.creator).objects.update(sku_limit=0), "1 of at most 0 SKUs."),
    ],
)
def test_a_drop_that_is_not_ready_is_refused_with_the_reason(drop, spoil, sentence):
    spoil(drop)
    expected = sentence.format(capsule=drop.capsule, sku=drop.drop_skus.get().sku.code)

    with pytest.raises(windows.NotReady) as refusal:
        windows.schedule_drop(drop_id=drop.pk, now=NOON)

    assert refusal.value.facts == {"problems": [expected]}
    drop.refresh_from_db()
    assert drop.state == DropState.DRAFT


def test_a_drop_without_a_way_to_deliver_is_refused(drop, settings):
    settings.DELIVERY_METHODS = []

    with pytest.raises(windows.NotReady) as refusal:
        windows.schedule_drop(drop_id=drop.pk, now=NOON)

    assert refusal.value.facts == {"problems": ["No way to deliver in PT."]}


def test_the_checklist_of_a_ready_drop_is_green_throughout(drop):
    assert [(check.code, check.ok) for check in readiness_of(drop=drop)] == [
        ("products", True),
        ("photos", True),
        ("sku_limit", True),
        ("stock", True),
        ("delivery", True),
        ("tax", True),
    ]


def test_a_drop_that_is_no_longer_ready_at_its_hour_is_paused_and_says_why(drop):
    windows.schedule_drop(drop_id=drop.pk, now=NOON)
    Photo.objects.update(alt_text="")

    assert windows.open_due_drops(now=NOON + HOUR) == 0

    drop.refresh_from_db()
    assert (drop.state, drop.pause_reason) == (
        DropState.PAUSED,
        "Not ready to open: Ring mug has 1 photo(s) without alt text.",
    )


def test_a_window_that_is_over_cannot_be_scheduled(drop):
    with pytest.raises(windows.WindowPassed):
        windows.schedule_drop(drop_id=drop.pk, now=NOON + 5 * HOUR)

    drop.refresh_from_db()
    assert drop.state == DropState.DRAFT


def test_pause_resume_and_close_lead_where_they_say(drop):
    windows.schedule_drop(drop_id=drop.pk, now=NOON)
    windows.open_drop(drop_id=drop.pk, now=NOON + HOUR)

    windows.pause_drop(drop_id=drop.pk, reason="The kiln is too hot.", now=NOON + 2 * HOUR)
    drop.refresh_from_db()
    assert (drop.state, drop.pause_reason) == (DropState.PAUSED, "The kiln is too hot.")

    windows.resume_drop(drop_id=drop.pk, now=NOON + 3 * HOUR)
    drop.refresh_from_db()
    assert (drop.state, drop.pause_reason) == (DropState.OPEN, "")

    windows.close_drop(drop_id=drop.pk, now=NOON + 4 * HOUR)
    drop.refresh_from_db()
    assert (drop.state, drop.closed_at) == (DropState.CLOSED, NOON + 4 * HOUR)


@pytest.mark.parametrize("step", [windows.schedule_drop, windows.open_drop, windows.resume_drop])
def test_a_closed_drop_stays_closed(drop, step):
    Drop.objects.filter(pk=drop.pk).update(state=DropState.CLOSED)

    with pytest.raises(windows.WrongState):
        step(drop_id=drop.pk, now=NOON)

    drop.refresh_from_db()
    assert drop.state == DropState.CLOSED


def test_drops_close_by_the_clock(drop):
    windows.schedule_drop(drop_id=drop.pk, now=NOON)
    windows.open_drop(drop_id=drop.pk, now=NOON + HOUR)

    assert windows.close_due_drops(now=NOON + 5 * HOUR - timedelta(seconds=1)) == 0
    assert windows.close_due_drops(now=NOON + 5 * HOUR) == 1


def test_the_state_at_an_instant_does_not_wait_for_a_worker(drop):
    drop.state = DropState.SCHEDULED

    assert [drop.state_at(NOON + hours * HOUR) for hours in (0, 1, 5)] == ["scheduled", "open", "closed"]


def test_the_current_drop_is_the_open_one_else_the_next_else_the_last():
    creator = make_creator()
    capsule = make_ready_drop(opens_at=NOON, closes_at=NOON + HOUR).capsule
    capsule.creator = creator
    capsule.save(update_fields=["creator"])
    past = make_drop(capsule=capsule, state="closed", opens_at=NOON - 9 * HOUR, closes_at=NOON - 8 * HOUR)
    assert queries.current_drop_of(creator=creator, now=NOON) == past
    coming = make_drop(capsule=capsule, state="scheduled", opens_at=NOON + HOUR, closes_at=NOON + 2 * HOUR)
    assert queries.current_drop_of(creator=creator, now=NOON) == coming
    running = make_drop(capsule=capsule, state="open", opens_at=NOON - HOUR, closes_at=NOON + 2 * HOUR)
    make_drop(capsule=capsule, state="draft", opens_at=NOON - HOUR, closes_at=NOON + HOUR)
    assert queries.current_drop_of(creator=creator, now=NOON) == running
