"""Whatever happens in whatever order: no exception, no dead end, no contradiction, and always a valid message."""

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creatorshop.chat import engine
from creatorshop.chat.bodies import HoldBody, QuoteBody, ReceiptBody
from creatorshop.chat.engine import Draft, Tap, events
from creatorshop.chat.engine.sentences import SENTENCES
from creatorshop.chat.engine.voice import Voice
from tests.chat.script import _fill, _refusal, find_button
from tests.chat.world import START, Beside, World

WORDS = st.sampled_from(
    [
        "sage please", "2 terracotta", "how much?", "what is left", "can it be in Berlin by Friday", "let it go",
        "more time", "pay", "where is my order", "stop", "human", "???", "", "x" * 2000, "Norway", "1200-109",
        "\u202eغير مفهوم", "auf Deutsch bitte", "العربية", "ship it to Japan", "thanks", "cancel my order", "can I send it back", "remind me", "a gift",
    ]
)  # fmt: skip
CODES = st.sampled_from(
    [
        "busy", "only_some_left", "held_by_others", "sold_out", "limit_reached", "already_holding", "quote_expired",
        "quote_changed", "quote_used", "delivery_gone", "not_yet_open", "drop_paused", "drop_closed",
        "session_invalid", "never_heard_of", "slow_down", "cooling_down", "step_up_required", "blocked", "not_eligible",
    ]
)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.sampled_from(["", "RM-SAGE", "GONE"])),
        st.tuples(st.just("tap"), st.integers(0, 11)),
        st.tuples(st.just("tap"), st.integers(0, 11)),
        st.tuples(st.just("tap"), st.integers(0, 60)),
        st.tuples(st.just("tap old"), st.integers(0, 30)),
        st.tuples(st.just("fill"), st.sampled_from(["PT", "NO", "xx", "", "de"])),
        st.tuples(st.just("type"), WORDS),
        st.tuples(st.just("time"), st.sampled_from([5, 130, 490, 700])),
        st.tuples(st.just("unheard"), st.integers(1, 900)),
        st.tuples(st.just("refuse"), CODES),
        st.tuples(st.just("state"), st.sampled_from(["open", "open", "paused", "closed", "scheduled"])),
        st.tuples(st.just("stock"), st.tuples(st.sampled_from(["RM-SAGE", "RM-TERRA"]), st.integers(0, 3))),
        st.tuples(st.just("money"), st.sampled_from(["begin", "pay", "late", "fail", "refund", "revoke"])),
        st.tuples(st.just("order"), st.sampled_from(["packed", "sent", "ready", "handed_over", "refunded"])),
        st.tuples(st.just("return"), st.sampled_from(["withdrawn", "approved", "rejected"])),
        st.tuples(
            st.just("gift"), st.sampled_from(["make", "make", "claimed", "expired", "packed", "handed_over", ""])
        ),
        st.tuples(st.just("line"), st.sampled_from(["comes back", "moves", "passed", "removed"])),
        st.tuples(st.just("remind"), st.sampled_from(["before", "opening"])),
        st.tuples(st.just("members"), st.sampled_from(["first", "first, and none may join", "no more"])),
        st.tuples(st.just("gone"), st.booleans()),
        st.tuples(st.just("wish refused"), st.sampled_from(["too_many_questions", "address_unusable", "no_tier_open"])),
        st.tuples(
            st.just("human"),
            st.sampled_from(["joins", "goes on", "says", "shows", "quotes", "holds", "leaves", "excuses"]),
        ),
    ),
    min_size=4,
    max_size=25,
)
# How far along the main road the sequence begins: most of what can go wrong needs a price or a hold.
ROAD = ("Sage", "16:00–17:00", "Hold for 10 minutes")
BEGINNINGS = st.integers(0, 5)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(BEGINNINGS, STEPS)
def test_no_sequence_of_events_breaks_the_conversation(beginning, steps):
    world = begin(beginning)
    # Each step checks that the Turn is pure, that the state survives storage, and that messages are valid.
    for kind, value in steps:
        before = len(world.said)
        take(world, kind, value)
        said = world.said[before:]
        if any(draft.speaker == "bot" for draft in said):
            assert any(leads_on(draft) for draft in world.said), "nothing to tap and nowhere to go"
            assert leads_on_now(world, said) or world.state.human
        assert_tickets_agree(world)
        assert_the_bot_is_silent(world, kind, said)


def begin(stage: int) -> World:
    """Return a world that has gone some way: opened, asked where, quoted, held, paying."""
    world = World(tier="Kiln friends", benefits="First look at new glazes")
    if stage:
        world.hear(events.Opened())
    for label in ROAD[: max(0, stage - 1)]:
        world.tap(find_button(world, label)[0])
    if stage == 5:
        world.begin_paying()
    return world


def take(world: World, kind: str, value: object) -> None:
    match kind:
        case "open":
            world.hear(events.Opened(sku=value))
        case "tap" | "tap old":
            taps = taps_of(world, is_old=kind == "tap old")
            if taps:
                press(world, *taps[-1 - value % len(taps)])
        case "fill":
            forms = [tap for draft in world.said for tap in draft.taps if tap.name == "address"]
            if forms:
                values = {"country": value, "postcode": "1200-109"}
                world.hear(events.Submitted(name="address", args=forms[-1].args, values=values))
        case "type":
            world.hear(events.Typed(id=f"typed-{world.state.said}", text=value))
        case "time":
            world.pass_time(value)
        case "unheard":
            world.now += (world.closes_at - world.opens_at) * value / 86400
        case "refuse":
            _refusal(world, value, None)
        case "state":
            world.drop_state = value
            world.paused_at = world.now if value == "paused" else None
        case "stock":
            sku, left = value
            stock = world.stock[sku]
            stock.sold = max(0, stock.total - left)
        case "money":
            spend(world, value)
        case "order":
            if world.orders:
                world.move_order(value)
        case "return":
            if world.orders:
                world.move_return(value, "It was used.")
        case "gift":
            give(world, value)
        case "line":
            stand(world, value)
        case "remind":
            world.hear(events.ReminderDue(drop="batch-07", moment=value))
        case "members":
            world.members_first_minutes = 0 if value == "no more" else 90
            world.tier = "Friends" if value == "first" else ""
        case "gone":
            world.has_drop = value
        case "wish refused":
            world.follow_refusal = value
        case "human":
            help_along(world, value)


def help_along(world: World, how: str) -> None:
    """Let one of the creator's people do something, whether or not it is they who speak."""
    number = f"{len(world.said)}"
    match how:
        case "joins":
            world.hear(events.HumanJoined(who="ana", name="Kiln & Tide"))
        case "goes on":
            world.hear(events.HumanJoined(who="ben", name="Kiln & Tide"))
        case "says":
            world.hear(events.HumanSaid(id=number, who="ana", text="It is food safe."))
        case "shows":
            world.hear(events.HumanShowed(id=number, who="ana", handle="rm"))
        case "quotes":
            world.hear(events.HumanQuoted(who="ana", sku="RM-SAGE", quantity=1))
        case "holds":
            quote = world.state.quote
            world.hear(events.HumanHeld(who="ana", quote=quote.ref if quote else "gone"))
        case "leaves":
            world.hear(events.HumanLeft(who="ana"))
        case "excuses":
            world.hear(events.HumanExcused(who="ana"))


def press(world: World, tap: Tap, is_old: bool) -> None:
    if tap.name not in ("address", "gift"):
        world.tap(tap, is_old=is_old)


def spend(world: World, how: str) -> None:
    if not world.holds:
        return
    held = world.holds[-1]
    is_live = held.state_at(world.now) in ("held", "paying")
    if how == "begin" and is_live:
        world.begin_paying()
    elif how == "pay" and is_live:
        world.pay()
    elif how == "late" and held.state_at(world.now) == "expired":
        world.pay(is_late=True)
    elif how == "fail":
        if held.state == "paying":
            held.state = "held"
        world.hear(events.PaymentFailed(hold=held.ref))
    elif how == "refund" and held.state_at(world.now) == "expired":
        held.state, held.is_charged, held.refunded_at = "late_refund", True, world.now
        world.hear(events.Woken())
    elif how == "revoke" and is_live:
        held.state = "revoked"
        world.hear(events.Woken())


def give(world: World, what: str) -> None:
    """Submit the form of a gift, let its end come, or let the shop refuse whatever is given from now on."""
    forms = [tap for draft in world.said for tap in draft.taps if tap.name == "gift"]
    if what == "make" and forms:
        world.hear(events.Submitted(name="gift", args=forms[-1].args, values={"message": "For you"}))
    elif what in ("claimed", "expired") and world.orders:
        world.move_gift(what)
    elif what in ("packed", "handed_over", ""):
        world.why_not_give = what


def stand(world: World, what: str) -> None:
    """Let something happen to the place in line that the shopper has, if any."""
    entry = next((entry for entry in world.entries if entry.state in ("waiting", "passed")), None)
    if entry is None or world.drop_state == "closed":
        return
    if what == "comes back" and world.has_drop:
        world.come_back()
        return
    if what == "moves":
        entry.ahead = max(0, entry.ahead - 1)
    elif what == "passed":
        entry.state, entry.reason = "passed", "delivery_gone"
    elif what == "removed":
        entry.state = "removed"
    world.hear(events.Woken())


def taps_of(world: World, *, is_old: bool) -> list[tuple[Tap, bool]]:
    latest = {draft.id: draft.revision for draft in world.said}
    return [
        (tap, is_old) for draft in world.said for tap in draft.taps if (latest[draft.id] != draft.revision) == is_old
    ]


def leads_on(draft: Draft) -> bool:
    body = draft.body
    links = [getattr(body, "url", ""), getattr(body, "order_url", "")]
    return bool(draft.taps) or any(links) or any(a.url for a in getattr(body, "actions", ()))


def leads_on_now(world: World, said: list[Draft]) -> bool:
    """What was just said leads on: to a button, a link, or a ticket that is kept in place above."""
    return any(leads_on(draft) for draft in said) or all(draft.revision > 1 for draft in said if draft.speaker == "bot")


def assert_tickets_agree(world: World) -> None:
    """No hold has two tickets in sight, and none is shown as running that is known to be over."""
    tickets = [draft.body for draft in newest(world) if isinstance(draft.body, HoldBody)]
    assert len({ticket.hold for ticket in tickets}) == len(tickets)
    known = {ticket.hold: ticket for ticket in world.state.tickets}
    for ticket in tickets:
        is_running = ticket.state in ("active", "extended", "paying")
        assert is_running == (ticket.hold in known and known[ticket.hold].is_live)


def assert_the_bot_is_silent(world: World, kind: str, said: list[Draft]) -> None:
    """While a human speaks, what is typed, opened or said of the drop is answered by nothing but what is kept true."""
    human = world.state.human
    assert human is None or world.wake_at is not None, "nobody would notice that they are gone"
    assert human is None or world.state.wanted is None, "who is here is not waited for"
    if human is None or kind not in ("open", "type", "state", "gone"):
        return
    new = [draft for draft in said if draft.speaker == "bot" and draft.revision == 1]
    assert all(_is_about_holds(draft) for draft in new), [draft.fallback_text for draft in new]


def _is_about_holds(draft: Draft) -> bool:
    """A ticket, or what a hold's end or a place in line came to; each is told at whichever event comes first."""
    taps = {tap.name for tap in draft.taps}
    is_told = draft.fallback_text.startswith(
        ("The hold", "The shop ended", "Let go.", "Your payment came", "Order ", "Paid.")
    )
    return isinstance(draft.body, HoldBody | ReceiptBody) or is_told or bool(taps & {"pay", "leave_line", "wait"})


def newest(world: World) -> list[Draft]:
    return list({draft.id: draft for draft in world.said}.values())


def test_the_engine_imports_nothing_that_could_look_outside():
    forbidden = {"django", "celery", "redis", "httpx", "requests", "socket", "random", "time"}
    for folder in ("engine", "freetext", "freetext/lexicons"):
        for path in (Path(engine.__file__).parent.parent / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                for name in names:
                    assert name.split(".")[0] not in forbidden, f"{path.name} imports {name}"
                    assert not name.startswith("drops.") or name == "drops.money", f"{path.name} imports {name}"


def test_no_sentence_hurries_anybody_and_every_button_fits():
    for key, sentence in SENTENCES.items():
        for words in [sentence] if isinstance(sentence, str) else sentence:
            lowered = words.lower()
            assert not any(word in lowered for word in ("hurry", "don't miss", "last chance", "!")), key
            assert all(ord(letter) < 0x2190 for letter in words), key
            if key.startswith(("b_", "intent_")):
                shortest = words.format(minutes=15, total="€1.00", n=10)
                assert len(shortest) <= 20, key


def test_a_shopper_with_an_american_browser_reads_american_times_and_money():
    world = World(locale="en-US")
    world.hear(events.Opened())
    pick = next(tap for draft in world.said for tap in draft.taps if tap.name == "pick")
    said = world.tap(pick)

    assert said[0].body.days[0].label == "Sat Nov 28"
    assert said[0].body.days[0].slots[0].label == "4:00\u202fPM–5:00\u202fPM"


def test_a_locale_that_nobody_knows_is_answered_in_english():
    world = World(locale="tlh-KX")

    said = world.hear(events.Opened())

    assert said[0].fallback_text == "Welcome to Kiln & Tide."


def test_a_german_reads_german_money():
    world = World(locale="de-DE")

    said = world.hear(events.Opened())

    assert said[1].body.price.text == "39,20\u00a0€"


@pytest.mark.parametrize(
    ("locale", "free"), [("en", "free"), ("de", "kostenlos"), ("fr", "gratuit"), ("es", "gratis"), ("ar", "مجانًا")]
)
def test_what_costs_nothing_beside_the_goods_is_called_free_and_no_sum(locale, free):
    beside = [Beside("extra", "Handwritten note", 0), Beside("extra", "Care kit", 900)]
    world = World(locale=locale, extras=beside)
    world.hear(events.Opened())
    world.tap(find_button(world, "Sage")[0])
    world.tap(next(tap for draft in world.said for tap in draft.taps if tap.name == "ship"))

    [quote] = [draft for draft in _fill(world, "PT", "1200-109") if isinstance(draft.body, QuoteBody)]

    note, kit = quote.body.offers.options
    assert (note.rise.amount_minor, note.rise.text) == (0, free)
    assert (kit.rise.amount_minor, kit.rise.text) == (900, world_money(locale))
    assert f"Handwritten note: {free}" in quote.fallback_text


def world_money(locale):
    return Voice(locale=locale, zone="UTC", now=START).money(900, "EUR").text


def test_a_language_that_is_asked_for_is_spoken_from_then_on():
    world = World(locale="en-US")
    world.hear(events.Opened())

    world.hear(events.Typed(id="typed-1", text="en español por favor"))
    said = world.hear(events.Typed(id="typed-2", text="¿qué queda?"))

    assert world.state.language == "es"
    assert said[-1].fallback_text.startswith("Ring mug · Sage: Quedan 24 de 24.")


def test_going_back_to_one_s_own_language_goes_back_to_one_s_own_country_s_ways():
    world = World(locale="en-US")
    world.hear(events.Opened())
    world.hear(events.Typed(id="typed-1", text="Deutsch"))

    world.hear(events.Typed(id="typed-2", text="English"))

    pick = next(tap for draft in world.said for tap in draft.taps if tap.name == "pick")
    assert world.tap(pick)[0].body.days[0].label == "Sat Nov 28"


def test_a_language_nobody_speaks_here_changes_nothing():
    world = World(locale="de")
    world.hear(events.Opened())

    said = world.hear(events.Typed(id="typed-1", text="português"))

    assert said[-1].body.prompt == "Ich spreche English, Deutsch, Français, Español und العربية."
    assert world.state.language == ""
