"""What a program reads when a wish is doubted, and what the API notes of where it came from."""

import pytest

from drops.risk.models import RiskRules, Sighting
from drops.sales.models import Quote
from drops.stock.models import Hold
from tests.api.knocking import knock, refusal
from tests.api.test_holds import place, quote_body
from tests.clock import advance, stopped_clock
from tests.factories import NOON, make_drop, make_drop_sku, make_hold, make_quote, make_shopper

pytestmark = pytest.mark.django_db


def doubted(**rules):
    drop_sku = make_drop_sku()
    RiskRules.objects.create(creator=drop_sku.drop.creator, **rules)
    return make_quote(drop_sku=drop_sku)


def test_a_code_is_asked_for_with_the_address_where_to_give_it():
    answer = place(doubted(slow_down_from=5, step_up_from=5))

    assert refusal(answer) == (409, "step_up_required")
    facts = answer.json()["facts"]
    assert facts["check_url"] == f"https://shop.example/check/{facts['check']}/"
    assert Hold.objects.count() == 0


def test_who_is_slowed_down_learns_when_to_come_back():
    answer = place(doubted(slow_down_from=5))

    assert refusal(answer) == (409, "slow_down")
    assert 1 <= int(answer["Retry-After"]) <= 20
    assert Hold.objects.count() == 0


def test_who_is_blocked_learns_whom_to_write_to_and_no_number():
    answer = place(doubted(slow_down_from=5, step_up_from=5, block_from=5))

    assert refusal(answer) == (409, "blocked")
    assert sorted(answer.json()["facts"]) == ["contact", "mention"]


def test_who_cools_down_learns_until_when():
    with stopped_clock(NOON):
        drop_sku = make_drop_sku(drop=make_drop(opens_at=NOON, closes_at=NOON.replace(hour=20)))
        shopper = make_shopper(creator=drop_sku.drop.creator)
        for _ in range(2):
            hold = make_hold(drop_sku=drop_sku, shopper=shopper)
            advance(hold.expires_at - hold.created_at)

        answer = place(make_quote(drop_sku=drop_sku, shopper=shopper))

    assert refusal(answer) == (409, "cooling_down")
    assert answer.json()["facts"] == {"until": "2026-11-27T12:21:00Z", "lapsed": 2, "retry_after": 60}
    assert answer["Retry-After"] == "60"


def seen(shopper):
    return sorted(Sighting.objects.filter(shopper=shopper).values_list("trait", flat=True))


@pytest.mark.parametrize(
    ("proxies", "asn_header", "headers", "traits"),
    [
        (1, "X-Asn", {"X-Forwarded-For": "93.184.216.34", "X-Asn": "AS64500"}, ["asn", "network"]),
        (1, "", {"X-Forwarded-For": "93.184.216.34", "X-Asn": "AS64500"}, ["network"]),
        (0, "X-Asn", {"X-Forwarded-For": "93.184.216.34", "X-Asn": "AS64500"}, []),
    ],
)
def test_a_quote_notes_the_network_and_provider_that_our_own_proxy_names(
    settings, proxies, asn_header, headers, traits
):
    settings.TRUSTED_PROXIES, settings.ASN_HEADER = proxies, asn_header
    drop_sku = make_drop_sku()
    shopper = make_shopper(creator=drop_sku.drop.creator)

    answer = knock("POST", "quotes", quote_body(drop_sku), shopper=shopper, headers=headers)

    assert answer.status_code == 201
    assert seen(shopper) == traits


def test_a_quote_counts_whether_its_shopper_was_ever_in_the_chat():
    drop_sku = make_drop_sku()
    shopper = make_shopper(creator=drop_sku.drop.creator)

    knock("POST", "quotes", quote_body(drop_sku), shopper=shopper)
    opened = {"id": "5b0a5c0e-6f0f-4f5e-8d0a-3f6c1b1f0a11", "kind": "opened"}
    assert knock("POST", "thread/messages", {"events": [opened]}, shopper=shopper).status_code == 200
    knock("POST", "quotes", quote_body(drop_sku), shopper=shopper)

    before, after = (quote.risk["reasons"] for quote in Quote.objects.order_by("pk"))
    assert [reason["code"] for reason in before] == ["new_account", "no_thread"]
    assert [reason["code"] for reason in after] == ["new_account"]
