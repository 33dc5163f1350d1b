"""
A shop in memory that the engine can talk to: it makes the facts, runs the commands by the shop's rules, and lets a
transcript say what happens next. It stands where `threads` stands, so that dialogues run without a database.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from creatorshop.chat.engine import Draft, State, Tap, commands, events, facts, respond
from creatorshop.chat.engine.states import OfferedExtra, read_state
from creatorshop.chat.transcripts import wire_of

START = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)  # a Friday
LISBON = "Europe/Lisbon"
SLOTS = (datetime(2026, 11, 28, 16, tzinfo=UTC), datetime(2026, 11, 28, 17, tzinfo=UTC))
DROPS = {"batch-07": "Batch 07", "batch-08": "Batch 08"}
TITLES = {"RM": "Ring mug", "BD": "Dune bowl"}


@dataclass
class Stock:
    product: str
    label: str
    total: int
    price_minor: int
    sold: int = 0
    held_by_others: int = 0
    next_return_at: datetime | None = None


@dataclass
class Held:
    ref: str
    sku: str
    quantity: int
    terms: dict[str, Any]
    created_at: datetime
    expires_at: datetime
    state: str = "held"
    is_extended: bool = False
    is_offer: bool = False
    is_late: bool = False
    is_charged: bool = False
    refunded_at: datetime | None = None

    def state_at(self, now: datetime) -> str:
        return "expired" if self.state in facts.LIVE and now >= self.expires_at else self.state


@dataclass
class Standing:
    """A place in line, with so many before it."""

    ref: str
    sku: str
    quantity: int
    wish: commands.JoinWaitlist
    ahead: int
    state: str = "waiting"
    reason: str = ""
    hold: str = ""


@dataclass
class Beside:
    """Something offered beside the goods."""

    kind: str
    title: str
    price_minor: int
    blurb: str = ""
    is_per_unit: bool = False

    @property
    def ref(self) -> str:
        return self.title.lower().replace(" ", "-")


@dataclass
class World:
    now: datetime = START
    state: State = field(default_factory=State)
    drop_state: str = "open"
    opens_at: datetime = START - timedelta(hours=1)
    closes_at: datetime = START + timedelta(hours=5)
    paused_at: datetime | None = None
    pause_reason: str = ""
    limit: int = 2
    has_drop: bool = True
    members_first_minutes: int = 0
    is_too_late_to_rate: bool = False
    tier: str = ""  # that is open to new members
    is_member: bool = False
    bought: int = 0  # units that may be told of, or none
    next_drop_at: datetime | None = None
    country: str = ""
    locale: str = "en"
    slots_left: dict[datetime, int] = field(default_factory=lambda: dict.fromkeys(SLOTS, 6))
    has_pickup: bool = True
    ships_to: tuple[str, ...] = ("PT", "DE", "FR")
    postage_minor: int = 490
    extras: list[Beside] = field(default_factory=list)
    stock: dict[str, Stock] = field(
        default_factory=lambda: {
            "RM-SAGE": Stock("RM", "Sage", 24, 3800),
            "RM-TERRA": Stock("RM", "Terracotta", 12, 3800, sold=6),
            "RM-MIDNIGHT": Stock("RM", "Midnight", 6, 3800, sold=6),
        }
    )
    holds: list[Held] = field(default_factory=list)
    entries: list[Standing] = field(default_factory=list)
    reminded: list[str] = field(default_factory=list)
    email: str = "lena@example.org"  # of the orders that are made
    benefits: str = ""  # of it, with commas between them
    has_early: bool = False
    has_letter: bool = False
    follow_refusal: str = ""  # what the next wish after an order meets
    is_reachable: bool = False  # also when they are away
    ahead: int = 0  # how many are in line for whatever is joined next
    orders: list[facts.OrderFacts] = field(default_factory=list)
    why_not_give: str = ""  # what the shop answers whoever gives an order from now on
    quotes: dict[str, commands.MakeQuote] = field(default_factory=dict)
    terms: dict[str, dict[str, Any]] = field(default_factory=dict)
    refusals: list[events.HoldRefused] = field(default_factory=list)  # what the next tries to hold meet
    waiting: list[commands.Command] = field(default_factory=list)
    runs_commands: bool = True
    wake_at: datetime | None = None
    said: list[Draft] = field(default_factory=list)
    ran: list[str] = field(default_factory=list)
    numbers: int = 0

    # What the engine sees
    def facts(self) -> facts.Facts:
        drop = facts.DropFacts(
            ref="batch-07",
            title="Batch 07",
            state=self.drop_state,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            zone=LISBON,
            hold_minutes=10,
            offer_minutes=15,
            limit=self.limit,
            url="https://shop.example/kiln/c/batch-07/",
            pause_reason=self.pause_reason,
            paused_at=self.paused_at,
            closed_to_them_until=self.open_to_all_at if self.is_closed_to_them else None,
            tier=self.tier if self.is_closed_to_them else "",
            bought=facts.BoughtFacts(self.bought, self.opens_at) if self.bought else None,
        )
        upcoming = facts.NextDropFacts(
            "Batch 08", self.next_drop_at or START, LISBON, "https://shop.example/kiln/c/batch-08/", "batch-08"
        )
        return facts.Facts(
            now=self.now,
            locale=self.locale,
            creator=facts.CreatorFacts(
                "kiln",
                "Kiln & Tide",
                "",
                "EUR",
                "PT",
                "https://shop.example/kiln/",
                tier=self.tier,
                tier_benefits=tuple(each.strip() for each in self.benefits.split(",") if each.strip()),
            ),
            shopper=facts.ShopperFacts(
                country=self.country,
                zone=LISBON,
                taken=self._taken(),
                holds=tuple(self._hold_facts(held) for held in self.holds),
                orders=tuple(self._order(order.ref) for order in reversed(self.orders)),
                entries=tuple(self._entry_facts(entry) for entry in self.entries),
                reminded=tuple(self.reminded),
                has_early=self.has_early,
                has_letter=self.has_letter,
                is_member=self.is_member,
            ),
            drop=drop if self.has_drop else None,
            products=self._products() if self.has_drop else (),
            next_drop=upcoming if self.next_drop_at else None,
            provider="test",
            is_test_payment=True,
        )

    @property
    def open_to_all_at(self) -> datetime:
        return self.opens_at + timedelta(minutes=self.members_first_minutes)

    @property
    def is_closed_to_them(self) -> bool:
        return not self.is_member and self.now < self.open_to_all_at and self.members_first_minutes > 0

    def left(self, sku: str) -> int:
        stock = self.stock[sku]
        return max(0, stock.total - stock.sold - stock.held_by_others - self._own_live(sku))

    # What happens
    def hear(self, event: events.Event) -> list[Draft]:
        """Let the engine respond, check what it says against the schema, and run what it wants done."""
        before = len(self.said)
        turn = respond(self.state, event, self.facts())
        assert respond(self.state, event, self.facts()) == turn, "the same inputs gave another Turn"
        self.state = read_state(turn.state.model_dump(mode="json"))
        assert self.state == turn.state, "the state changed by being stored"
        self.wake_at = turn.wake_at
        for draft in turn.messages:
            wire_of(draft=draft, thread_id=1, seq=1, locale=self.state.locale_for(self.locale), now=self.now)
            self.said.append(draft)
        self.waiting += [commands.read_command(command.model_dump(mode="json")) for command in turn.commands]
        while self.runs_commands and self.waiting:
            command = self.waiting.pop(0)
            self.ran.append(type(command).__name__)
            self.hear(self.run(command))
        return self.said[before:]

    def tap(self, tap: Tap, *, is_old: bool = False) -> list[Draft]:
        return self.hear(events.Tapped(name=tap.name, args=tap.args, is_old=is_old))

    def pass_time(self, seconds: int) -> list[Draft]:
        """Let the clock run, waking the thread whenever it asked to be."""
        before, until = len(self.said), self.now + timedelta(seconds=seconds)
        while self.wake_at and self.wake_at <= until:
            self.now = max(self.now, self.wake_at)
            self.hear(events.Woken())
        self.now = max(self.now, until)
        return self.said[before:]

    def run(self, command: commands.Command) -> events.Event:
        match command:
            case commands.LoadDelivery():
                asked = command.model_dump(exclude={"name"})
                return events.DeliveryLoaded(**asked, options=self._options(command), refusals=self._reasons(command))
            case commands.MakeQuote():
                return self._quote(command)
            case commands.PlaceHold():
                return self._place(command)
            case commands.ReleaseHold():
                self._held(command.hold).state = "released"
                return events.HoldReleased(hold=command.hold)
            case commands.ExtendHold():
                held = self._held(command.hold)
                held.expires_at += timedelta(minutes=2)
                held.is_extended = True
                return events.HoldExtended(hold=command.hold)
            case commands.JoinWaitlist():
                return self._join(command)
            case commands.LeaveWaitlist():
                next(entry for entry in self.entries if entry.ref == command.entry).state = "left"
                return events.WaitlistLeft(entry=command.entry)
            case commands.Join():
                wish = command.model_dump(include={"sku", "quantity"})
                if not self.tier:
                    return events.JoinRefused(**wish, code="no_tier_open")
                self.is_member = True
                return events.MembershipJoined(**wish, tier=self.tier, benefits=("The first hour of each drop",))
            case commands.EndMembership():
                self.is_member = False
                return events.MembershipEnded()
            case commands.Remind():
                return self._remind(command.drop)
            case commands.NoteArrival():
                self.orders[-1] = replace(self.orders[-1], progress="delivered")
                return events.ArrivalNoted(order=command.order)
            case commands.Rate():
                if self.is_too_late_to_rate:
                    return events.RateRefused(order=command.order, code="nothing_to_rate")
                return events.Rated(order=command.order, score=command.score)
            case commands.FollowOn():
                return self._follow(command)
            case commands.UndoFollowOn():
                self._set_follow(command.choice, False)
                return events.FollowOnUndone(order=command.order, choice=command.choice)
            case commands.MakeGift():
                return self._give(command.order)
            case commands.TakeGiftBack():
                is_back = self._gift(command.order, "revoked")
                return (events.GiftTakenBack if is_back else events.GiftRefused)(order=command.order)
            case commands.StopReminding():
                self.reminded = [drop for drop in self.reminded if drop != command.drop]
                return events.ReminderStopped(drop=command.drop, title=DROPS[command.drop])

    def come_back(self) -> list[Draft]:
        """What the shopper waits for comes back, and it is their turn."""
        entry = next(entry for entry in self.entries if entry.state in ("waiting", "passed"))
        stock = self.stock[entry.sku]
        stock.sold -= max(0, entry.quantity - self.left(entry.sku))
        country, postcode = entry.wish.country, entry.wish.postcode
        asked = entry.wish.model_dump(exclude={"name", "country", "postcode"})
        made = self._quote(commands.MakeQuote(**asked, country=country, postcode=postcode))
        assert isinstance(made, events.QuoteMade)
        held = self._hold(made.quote, entry.sku, entry.quantity, minutes=15)
        held.is_offer = True
        entry.state, entry.hold = "offered", held.ref
        return self.hear(events.Woken())

    def begin_paying(self) -> list[Draft]:
        self.holds[-1].state = "paying"
        return self.hear(events.Woken())

    def pay(self, *, is_late: bool = False) -> list[Draft]:
        """The provider says that the money is there."""
        held = self.holds[-1]
        held.state, held.is_late = "confirmed", is_late
        is_pickup = held.terms["delivery"]["method"] == "pickup"
        ref = f"K7Q2F9A0B{len(self.orders)}"
        order = facts.OrderFacts(
            ref=ref,
            hold=held.ref,
            title=held.terms["title"],
            terms=held.terms,
            total_minor=held.terms["total_minor"],
            currency="EUR",
            url=f"https://shop.example/orders/{ref}/x/",
            return_url=f"https://shop.example/orders/{ref}/x/return/",
            paid_at=self.now,
            pass_code="7F3K-9Q2A-C" if is_pickup else "",
            qr_url=f"https://shop.example/orders/{ref}/x/qr.svg" if is_pickup else "",
            email=self.email,
            why_not_give=self.why_not_give,
        )
        self.orders.append(order)
        return self.hear(events.Paid(order=ref))

    def move_order(self, progress: str, track_url: str = "") -> list[Draft]:
        order = self.orders[-1]
        why = {"packed": "packed", "sent": "packed", "handed_over": "handed_over", "refunded": "refunded"}
        gift = order.gift
        if gift and gift.state == "open" and progress in why:
            gift = replace(gift, state="revoked" if progress == "refunded" else "expired")
        until = order.returns_until
        if progress in ("sent", "handed_over") and until is None:
            until = self.now.date() + timedelta(days=14)
        self.orders[-1] = replace(
            order,
            progress=progress,
            track_url=track_url,
            returns_until=until,
            why_not_give=why.get(progress, order.why_not_give),
            gift=gift,
        )
        return self.hear(events.Woken())

    def move_return(self, state: str, answer: str = "") -> list[Draft]:
        """Let the shop say something about a return of the newest order."""
        return self.hear(events.ReturnMoved(order=self.orders[-1].ref, state=state, answer=answer))

    def move_gift(self, state: str) -> list[Draft]:
        """Let the newest order's gift, if it is open, be claimed or come to its end."""
        self._gift(self.orders[-1].ref, state)
        return self.hear(events.Woken())

    # Private
    def _order(self, ref: str) -> facts.OrderFacts:
        order = next(order for order in self.orders if order.ref == ref)
        if order.gift and order.gift.state == "open" and order.gift.until <= self.now:
            return replace(order, gift=replace(order.gift, state="expired"), why_not_give=self.why_not_give)
        if order.returns_until:
            return replace(order, is_return_late=self.now.date() > order.returns_until)
        return order

    def _gift(self, ref: str, state: str) -> bool:
        order = self._order(ref)
        if order.gift is None or order.gift.state != "open":
            return False
        why = "already_given" if state == "claimed" else self.why_not_give
        moved = replace(order, gift=replace(order.gift, state=state), why_not_give=why)
        self.orders = [moved if each.ref == ref else each for each in self.orders]
        return True

    def _give(self, ref: str) -> events.Event:
        order = self._order(ref)
        why = self.why_not_give or order.why_not_give
        if why:
            return events.GiftRefused(order=ref, why=why)
        self.numbers += 1
        gift = facts.GiftFacts(f"gift-{self.numbers}", "open", self.now + timedelta(days=14))
        given = replace(order, gift=gift, why_not_give="already_given")
        self.orders = [given if each.ref == ref else each for each in self.orders]
        return events.GiftMade(order=ref)

    def _follow(self, command: commands.FollowOn) -> events.Event:
        if self.follow_refusal:
            code, self.follow_refusal = self.follow_refusal, ""
            return events.FollowOnRefused(order=command.order, choice=command.choice, code=code)
        self._set_follow(command.choice, True)
        return events.FollowOnTaken(order=command.order, choice=command.choice)

    def _set_follow(self, choice: str, is_had: bool) -> None:
        setattr(self, {"early": "has_early", "letter": "has_letter", "member": "is_member"}[choice], is_had)

    def _remind(self, drop: str) -> events.Event:
        if drop == "batch-07" and self.drop_state != "scheduled":
            return events.ReminderRefused(drop=drop, code="reminder_too_late")
        self.reminded.append(drop)
        url = f"https://shop.example/openings/{drop}/remind/?for=abc"
        return events.ReminderSet(drop=drop, title=DROPS[drop], url=url, is_reachable=self.is_reachable)

    def _join(self, wish: commands.JoinWaitlist) -> events.Event:
        refused = {"sku": wish.sku, "quantity": wish.quantity}
        if self.left(wish.sku) >= wish.quantity and self.drop_state == "open":
            return events.WaitlistRefused(**refused, code="units_free")
        if self.drop_state not in ("open", "paused"):
            return events.WaitlistRefused(**refused, code="drop_closed")
        ref = f"entry-{len(self.entries) + 1}"
        self.entries.append(Standing(ref, wish.sku, wish.quantity, wish, self.ahead))
        return events.WaitlistJoined(entry=ref)

    def _entry_facts(self, entry: Standing) -> facts.EntryFacts:
        state = entry.state
        held = next((held for held in self.holds if held.ref == entry.hold), None)
        if state in ("waiting", "passed") and self.drop_state == "closed":
            state = "over"
        elif held and held.state_at(self.now) not in facts.LIVE:
            ends = {"confirmed": "taken", "released": "declined", "revoked": "removed"}
            state = ends.get(held.state_at(self.now), "lapsed")
        stock = self.stock[entry.sku]
        return facts.EntryFacts(
            ref=entry.ref,
            sku=entry.sku,
            title=f"{TITLES.get(stock.product, stock.product)} · {stock.label}",
            quantity=entry.quantity,
            state=state,
            place=entry.ahead + 1 if state in ("waiting", "passed") else 0,
            reason=entry.reason,
            hold=entry.hold,
        )

    def _held(self, ref: str) -> Held:
        return next(held for held in self.holds if held.ref == ref)

    def _own_live(self, sku: str) -> int:
        return sum(held.quantity for held in self.holds if held.sku == sku and held.state_at(self.now) in facts.LIVE)

    def _taken(self) -> int:
        counted = (*facts.LIVE, "confirmed")
        return sum(held.quantity for held in self.holds if held.state_at(self.now) in counted)

    def _products(self) -> tuple[facts.ProductFacts, ...]:
        products = []
        for code in dict.fromkeys(stock.product for stock in self.stock.values()):
            title = TITLES.get(code, code)
            products.append(
                facts.ProductFacts(
                    handle=code.lower(),
                    title=title,
                    url=f"https://shop.example/kiln/p/{code.lower()}/",
                    variants=tuple(self._variant(sku, s) for sku, s in self.stock.items() if s.product == code),
                    benefits=("Thrown by hand", "Safe in the dishwasher"),
                    option_name="Glaze",
                    photo=facts.PhotoFacts("https://shop.example/m/a.jpg", "A mug", 1200, 1500),
                )
            )
        return tuple(products)

    def _variant(self, sku: str, stock: Stock) -> facts.VariantFacts:
        held = stock.held_by_others + self._own_live(sku)
        title = TITLES.get(stock.product, stock.product)
        return facts.VariantFacts(
            sku=sku,
            label=stock.label,
            title=f"{title} · {stock.label}" if stock.label else title,
            from_minor=stock.price_minor + 120,
            total=stock.total,
            left=self.left(sku),
            held=held,
            next_return_at=stock.next_return_at,
            swatch="#7d8f6f",
            words=tuple(stock.label.split(" / ")) if stock.label else (),
        )

    def _hold_facts(self, held: Held) -> facts.HoldFacts:
        state = held.state_at(self.now)
        return facts.HoldFacts(
            ref=held.ref,
            drop="batch-07",
            sku=held.sku,
            title=held.terms["title"],
            quantity=held.quantity,
            state=state,
            created_at=held.created_at,
            expires_at=held.expires_at,
            total_minor=held.terms["total_minor"],
            currency="EUR",
            checkout_url=f"https://shop.example/checkout/{held.ref}/",
            can_extend=state in facts.LIVE and not held.is_extended,
            is_extended=held.is_extended,
            is_late=held.is_late,
            is_offer=held.is_offer,
            is_charged=held.is_charged,
            refunded_at=held.refunded_at,
        )

    def _options(self, asked: commands.LoadDelivery) -> tuple[events.OfferedOption, ...]:
        options = []
        if self.has_pickup:
            for starts_at, left in self.slots_left.items():
                options.append(
                    events.OfferedOption(
                        method="pickup",
                        key=f"slot-{starts_at:%d%H}",
                        label="Pickup at Café Mira, Lisbon",
                        price_minor=0,
                        earliest_date=starts_at.date(),
                        latest_date=starts_at.date(),
                        starts_at=starts_at,
                        ends_at=starts_at + timedelta(hours=1),
                        zone=LISBON,
                        left=left,
                        place="Café Mira, Rua do Poço 4, Lisbon",
                        name="Café Mira, Lisbon",
                    )
                )
        if asked.country in self.ships_to:
            options.append(
                events.OfferedOption(
                    method="parcel",
                    key=f"post-{asked.country}",
                    label=f"Post to {asked.country}",
                    name="Post",
                    price_minor=self.postage_minor,
                    earliest_date=date(2026, 11, 30),
                    latest_date=date(2026, 12, 2),
                )
            )
        return tuple(options)

    def _reasons(self, asked: commands.LoadDelivery) -> tuple[str, ...]:
        if asked.country and asked.country not in self.ships_to:
            return ("It breaks on the way.",)
        return ()

    def _quote(self, wish: commands.MakeQuote) -> events.Event:
        load = commands.LoadDelivery(sku=wish.sku, quantity=wish.quantity, country=wish.country, postcode=wish.postcode)
        option = next((o for o in self._options(load) if (o.method, o.key) == (wish.method, wish.option)), None)
        if option is None or option.left == 0:
            return events.QuoteRefused(
                sku=wish.sku, quantity=wish.quantity, country=wish.country, code="delivery_gone", message="Gone."
            )
        if gone := set(wish.extras) - {each.ref for each in self.extras}:
            refused = {"sku": wish.sku, "quantity": wish.quantity, "country": wish.country}
            return events.QuoteRefused(**refused, code="extra_gone", facts={"extra": min(gone)})
        self.numbers += 1
        ref = f"quote-{self.numbers}"
        stock = self.stock[wish.sku]
        title = f"{TITLES.get(stock.product, stock.product)} · {stock.label}"
        goods, fee = stock.price_minor * wish.quantity, 120 * wish.quantity
        rises = {each.ref: each.price_minor * (wish.quantity if each.is_per_unit else 1) for each in self.extras}
        beside = [each for each in self.extras if each.ref in wish.extras]
        total = goods + fee + option.price_minor + sum(rises[each.ref] for each in beside)
        label = title if wish.quantity == 1 else f"{wish.quantity} × {title}"
        terms = {
            "sku": wish.sku,
            "title": title,
            "quantity": wish.quantity,
            "extras": [{"ref": each.ref, "kind": each.kind, "title": each.title} for each in beside],
            "lines": [
                {"kind": "goods", "label": label, "amount_minor": goods},
                *({"kind": each.kind, "label": each.title, "amount_minor": rises[each.ref]} for each in beside),
                {"kind": "delivery", "label": option.label, "amount_minor": option.price_minor},
                {"kind": "service_fee", "label": "Service fee", "amount_minor": fee},
            ],
            "of_which": [{"kind": "creator", "label": "Kiln & Tide receives", "amount_minor": goods * 3 // 4}],
            "total_minor": total,
            "currency": "EUR",
            "destination": {"country": wish.country, "postcode": wish.postcode},
            "delivery": {
                "method": option.method,
                "option": option.key,
                "label": option.label,
                "name": option.name,
                "earliest_date": option.earliest_date.isoformat(),
                "latest_date": option.latest_date.isoformat(),
                "starts_at": option.starts_at.isoformat() if option.starts_at else None,
                "ends_at": option.ends_at.isoformat() if option.ends_at else None,
                "time_zone": option.zone,
                "place": option.place,
            },
            "hold_minutes": 10,
            "return_days": 14,
        }
        self.quotes[ref], self.terms[ref] = wish, terms
        return events.QuoteMade(
            quote=ref,
            hash=f"hash-{total}",
            **wish.model_dump(exclude={"name", "extras"}),
            terms=terms,
            valid_until=self.now + timedelta(minutes=2),
            offers=tuple(
                OfferedExtra(
                    ref=each.ref, kind=each.kind, title=each.title, blurb=each.blurb, rise_minor=rises[each.ref]
                )
                for each in self.extras
            ),
        )

    def _place(self, command: commands.PlaceHold) -> events.Event:
        if self.refusals:
            refusal = self.refusals.pop(0)
            return refusal.model_copy(update={"quote": command.quote, "attempt": command.attempt, "by": command.by})
        wish = self.quotes[command.quote]
        starts_at = next((s for s in SLOTS if wish.option == f"slot-{s:%d%H}"), None)
        code, told = "", {}
        if self.left(wish.sku) < wish.quantity:
            code, told = "only_some_left", {"available": self.left(wish.sku)}
            if not self.left(wish.sku):
                code, told = "sold_out", {}
        elif starts_at and not self.slots_left[starts_at]:
            code = "delivery_gone"
        if code:
            told_to = {"quote": command.quote, "attempt": command.attempt, "by": command.by}
            return events.HoldRefused(**told_to, code=code, facts=told)
        held = self._hold(command.quote, wish.sku, wish.quantity, minutes=10)
        return events.HoldPlaced(hold=held.ref, by=command.by)

    def _hold(self, quote: str, sku: str, quantity: int, *, minutes: int) -> Held:
        held = Held(
            ref=f"hold-{len(self.holds) + 1}",
            sku=sku,
            quantity=quantity,
            terms=self.terms[quote],
            created_at=self.now,
            expires_at=self.now + timedelta(minutes=minutes),
        )
        self.holds.append(held)
        return held
