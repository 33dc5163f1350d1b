import pytest

from drops.sales.models import Quote
from drops.schedule.models import DropState
from tests.api.knocking import HOME, STRANGER, knock, refusal
from tests.clock import stopped_clock
from tests.factories import NOON, make_creator, make_drop, make_drop_sku, make_extra, make_hold

pytestmark = pytest.mark.django_db


def test_a_creators_drops_are_listed_without_drafts():
    drop = make_drop()
    make_drop(capsule=drop.capsule, state=DropState.DRAFT)
    make_drop()

    answer = knock("GET", f"drops?creator={drop.creator.slug}")

    (listed,) = answer.json()["drops"]
    assert answer.status_code == 200
    assert (listed["drop"], listed["state"], listed["capsule"]) == (drop.ref, "open", drop.capsule.slug)
    assert (listed["hold_minutes"], listed["account_limit"], listed["time_zone"]) == (10, 2, "Europe/Lisbon")


def test_a_drop_shows_what_it_sells_and_what_that_costs_with_fees():
    drop_sku = make_drop_sku(units=2)

    said = knock("GET", f"drops/{drop_sku.drop.ref}").json()

    (sku,) = said["skus"]
    assert said["drop"] == drop_sku.drop.ref
    assert sku["sku"] == drop_sku.sku.code
    assert sku["price"] == {"amount_minor": 3800, "currency": "EUR", "text": "€38.00"}
    assert sku["price_from"] == {"amount_minor": 3914, "currency": "EUR", "text": "€39.14"}
    assert sku["image"] is None


def test_what_is_offered_beside_a_sku_is_listed_with_its_ways_and_priced_by_the_quote():
    drop_sku = make_drop_sku()
    drop, sku = drop_sku.drop, drop_sku.sku
    wrap = make_extra(creator=drop.creator, blurb="In linen cloth.")
    note = make_extra(creator=drop.creator, kind="extra", title="Note", price_minor=200, is_per_unit=True, position=1)
    shopper = knock("POST", "sessions", {"key": drop.creator.embed_key}).json()

    said = knock("GET", f"drops/{drop.ref}/delivery?sku={sku.code}&quantity=2&country=PT").json()
    wish = {"drop": drop.ref, "sku": sku.code, "quantity": 2, "delivery": {"method": "pickup", "option": "counter"}}
    priced = knock("POST", "quotes", wish | {"extras": [note.ref]}, token=shopper["token"])
    unknown = knock("POST", "quotes", wish | {"extras": ["nothing"]}, token=shopper["token"])
    twice = knock("POST", "quotes", wish | {"extras": [note.ref, note.ref]}, token=shopper["token"])

    assert [(one["extra"], one["kind"], one["quantity"], one["rise"]["amount_minor"]) for one in said["extras"]] == [
        (wrap.ref, "packaging", 1, 412),
        (note.ref, "extra", 2, 412),
    ]
    assert said["extras"][0]["blurb"] == "In linen cloth."
    assert (priced.status_code, priced.json()["total"]["amount_minor"]) == (201, 7600 + 228 + 412)
    assert refusal(unknown) == (409, "extra_gone")
    assert refusal(twice) == (422, "wrong_extras")
    assert Quote.objects.count() == 1


def test_stock_is_numbered_and_answers_304_until_it_moves():
    drop_sku = make_drop_sku(units=2)
    path = f"drops/{drop_sku.drop.ref}/stock"

    first = knock("GET", path)
    same = knock("GET", path, headers={"If-None-Match": first["ETag"]})
    weak = knock("GET", path, headers={"If-None-Match": f'"x", W/{first["ETag"]}'})
    make_hold(drop_sku=drop_sku)
    moved = knock("GET", path, headers={"If-None-Match": first["ETag"]})

    said = first.json()
    assert first["ETag"] == f'"{said["epoch"]}-{said["seq"]}"'
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
    assert weak.status_code == 304
    assert [(sku["available"], sku["held"]) for sku in said["skus"]] == [(2, 0)]
    assert moved.status_code == 200
    assert [(sku["available"], sku["held"]) for sku in moved.json()["skus"]] == [(1, 1)]
    assert moved.json()["seq"] == said["seq"] + 1


def test_delivery_lists_options_and_says_why_there_are_fewer():
    drop_sku = make_drop_sku()
    path = f"drops/{drop_sku.drop.ref}/delivery?sku={drop_sku.sku.code}"

    home = knock("GET", f"{path}&country=pt&postcode=1200-109").json()
    norway = knock("GET", f"{path}&country=NO").json()

    assert [(option["method"], option["option"]) for option in home["options"]] == [
        ("pickup", "counter"),
        ("parcel", "post"),
    ]
    assert home["options"][1]["price"] == {"amount_minor": 490, "currency": "EUR", "text": "€4.90"}
    assert home["options"][1]["earliest_date"] == "2026-11-30"
    assert [option["method"] for option in norway["options"]] == ["parcel"]
    assert norway["refusals"] == ["We can't hand anything over in Norway."]


def test_a_drop_opens_by_the_clock_before_any_worker_notices():
    drop = make_drop(state=DropState.SCHEDULED, opens_at=NOON, closes_at=NOON.replace(hour=20))

    with stopped_clock(NOON.replace(hour=11)):
        before = knock("GET", f"drops/{drop.ref}").json()
    with stopped_clock(NOON):
        after = knock("GET", f"drops/{drop.ref}").json()

    assert (before["state"], after["state"]) == ("scheduled", "open")
    assert after["server_time"] == "2026-11-27T12:00:00.000Z"


@pytest.mark.parametrize("rest", ["", "/stock", "/delivery?sku=RM-1"])
def test_what_may_not_be_seen_does_not_exist(rest):
    draft = make_drop(state=DropState.DRAFT)

    assert refusal(knock("GET", f"drops/{draft.ref}{rest}")) == (404, "drop_unknown")
    assert refusal(knock("GET", f"drops/no-such-drop{rest}")) == (404, "drop_unknown")


@pytest.mark.parametrize("rest", ["", "/stock", "/delivery?sku=RM-1"])
def test_only_listed_pages_may_look(rest):
    drop_sku = make_drop_sku()

    refused = knock("GET", f"drops/{drop_sku.drop.ref}{rest}", origin=STRANGER)
    seen = knock("GET", f"drops/{drop_sku.drop.ref}", origin=HOME)

    assert refusal(refused) == (403, "origin_refused")
    assert "Access-Control-Allow-Origin" not in refused
    assert seen["Access-Control-Allow-Origin"] == HOME


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sku=nothing", (404, "sku_not_in_drop")),
        ("", (422, "invalid")),
        ("sku=RM&quantity=0", (422, "invalid")),
        ("sku=RM&quantity=99999999999999999999", (422, "invalid")),
        ("sku=RM&country=Portugal", (422, "invalid")),
        ("sku=RM%00", (400, "bad_request")),
    ],
)
def test_a_question_about_delivery_is_refused_by_name(query, expected):
    drop_sku = make_drop_sku()

    assert refusal(knock("GET", f"drops/{drop_sku.drop.ref}/delivery?{query}")) == expected


def test_more_than_ten_at_once_are_refused_by_the_shop_itself():
    drop_sku = make_drop_sku()

    answer = knock("GET", f"drops/{drop_sku.drop.ref}/delivery?sku={drop_sku.sku.code}&quantity=11")

    assert refusal(answer) == (422, "wrong_quantity")


def test_an_unknown_creator_has_no_drops():
    make_creator()

    assert refusal(knock("GET", "drops?creator=nobody")) == (404, "creator_not_found")
    assert refusal(knock("GET", "drops")) == (422, "invalid")
