import pytest

from drops.sales.holding import release_hold
from drops.stock.models import Hold, WaitlistEntry
from tests.api.knocking import knock, refusal
from tests.factories import make_drop_sku, make_shopper
from tests.lines import join, sold_out

pytestmark = pytest.mark.django_db(transaction=True)


def wish(drop_sku, **changes):
    body = {
        "drop": drop_sku.drop.ref,
        "sku": drop_sku.sku.code,
        "quantity": 1,
        "destination": {"country": "pt", "postcode": "1200-109"},
        "delivery": {"method": "pickup", "option": "counter"},
    }
    return body | changes


def ask(drop_sku, *, key="key-1", shopper=None, **changes):
    shopper = shopper or make_shopper(creator=drop_sku.drop.creator)
    return knock("POST", "waitlist", wish(drop_sku, **changes), shopper=shopper, headers={"Idempotency-Key": key})


def test_who_joins_is_told_their_place():
    drop_sku, _ = sold_out()
    join(drop_sku, quantity=2)

    answer = ask(drop_sku)

    said, entry = answer.json(), WaitlistEntry.objects.order_by("pk").last()
    assert answer.status_code == 201
    assert (said["entry"], said["sku"], said["state"]) == (entry.ref, drop_sku.sku.code, "waiting")
    assert (said["place"], said["units_ahead"], said["hold"]) == (2, 2, None)
    assert (entry.country, entry.postcode, entry.delivery_option) == ("PT", "1200-109", "counter")


def test_a_repeat_joins_once_and_gets_the_same_answer():
    drop_sku, _ = sold_out()
    shopper = make_shopper(creator=drop_sku.drop.creator)

    first, second = (ask(drop_sku, shopper=shopper).json() for _ in range(2))

    assert second == first | {"server_time": second["server_time"]}
    assert WaitlistEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "key", "expected"),
    [
        ({}, "", (400, "idempotency_key_required")),
        ({"drop": "no-such-drop"}, "k", (404, "drop_unknown")),
        ({"sku": "NOTHING"}, "k", (404, "sku_not_in_drop")),
        ({"quantity": 0}, "k", (422, "invalid")),
        ({"quantity": 3}, "k", (409, "limit_reached")),
        ({"quantity": 11}, "k", (422, "wrong_quantity")),
        ({"delivery": {"method": "pickup", "option": "moon"}}, "k", (409, "delivery_gone")),
    ],
)
def test_joining_is_refused_by_name(changes, key, expected):
    drop_sku, _ = sold_out()

    assert refusal(ask(drop_sku, key=key, **changes)) == expected
    assert WaitlistEntry.objects.count() == 0


def test_there_is_no_line_for_what_is_free():
    assert refusal(ask(make_drop_sku())) == (409, "units_free")
    assert WaitlistEntry.objects.count() == 0


def test_who_is_in_line_already_is_told_where():
    drop_sku, _ = sold_out()
    entry = join(drop_sku)

    answer = ask(drop_sku, shopper=entry.shopper)

    assert refusal(answer) == (409, "already_waiting")
    assert (answer.json()["facts"]["entry"], answer.json()["facts"]["place"]) == (entry.ref, 1)


def test_whose_turn_it_is_finds_the_hold():
    drop_sku, [hold, _] = sold_out()
    entry = join(drop_sku)
    release_hold(hold_ref=hold.ref, shopper=hold.shopper)

    said = knock("GET", f"waitlist/{entry.ref}", shopper=entry.shopper).json()

    offer = Hold.objects.get(shopper=entry.shopper)
    assert (said["state"], said["hold"], said["place"]) == ("offered", offer.ref, None)
    assert knock("GET", f"holds/{offer.ref}", shopper=entry.shopper).json()["state"] == "held"


def test_leaving_is_harmless_when_repeated():
    drop_sku, _ = sold_out()
    entry = join(drop_sku)

    answers = [knock("DELETE", f"waitlist/{entry.ref}", shopper=entry.shopper) for _ in range(2)]

    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "left")] * 2


def test_somebody_elses_place_does_not_exist():
    drop_sku, _ = sold_out()
    entry = join(drop_sku)
    stranger = make_shopper(creator=drop_sku.drop.creator)

    for method in ("GET", "DELETE"):
        assert refusal(knock(method, f"waitlist/{entry.ref}", shopper=stranger)) == (404, "waitlist_entry_not_found")
    entry.refresh_from_db()
    assert entry.state == "waiting"


def test_nobody_joins_faster_than_people_do(settings):
    settings.API_RATES = settings.API_RATES | {"waitlist": "1/60"}
    drop_sku, _ = sold_out()
    shopper = make_shopper(creator=drop_sku.drop.creator)
    ask(drop_sku, shopper=shopper)

    answer = ask(drop_sku, shopper=shopper, key="key-2")

    assert refusal(answer) == (429, "too_many_requests")
    assert "Retry-After" in answer
