"""
The main road as it goes over the wire: what a shop says to a shopper who picks, is quoted, holds, pays and is given a pass.

These are recorded shapes, not a shop: nothing is counted and nothing decided here. The widget's tests need a server that can be told to
fail, to be late and to lie about the time, which the real one cannot.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

DROP = "ring-mug-batch-07"
GLAZES = [
    ("Sage", "#5f7262", "RM-SAGE"),
    ("Terracotta", "#b4523a", "RM-TERRA"),
    ("Midnight", "#262f47", "RM-MID"),
    ("Marigold", "#dfa23f", "RM-MARI"),
]
Body = dict[str, Any]


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def euros(minor: int) -> Body:
    return {"amount_minor": minor, "currency": "EUR", "text": f"€{minor / 100:.2f}"}


def image(name: str, alt: str) -> Body:
    return {
        "url": f"/photos/{name}.jpg",
        "srcset_avif": "",
        "srcset_webp": "",
        "alt": alt,
        "w": 1280,
        "h": 1600,
        "placeholder": "#b9b3a6",
        "focal": [0.47, 0.52],
    }


def greeting() -> Body:
    return {"text": "Batch 07 is out of the kiln. Pick a glaze and I show you the full price first."}


def mug_card() -> Body:
    options = [
        {
            "label": label,
            "desc": "",
            "token": f"pick.{sku}",
            "swatch": swatch,
            "sku": sku,
            "disabled_reason": "sold out" if sku == "RM-MID" else None,
        }
        for label, swatch, sku in GLAZES
    ]
    return {
        "title": "Ring mug, batch 07",
        "subtitle": "Stoneware, 300 ml",
        "body": "Thrown in one piece, rings carved by hand.",
        "image": image(
            "ring-mug-sage", "Sage green stoneware mug with carved rings, a cream inside and an unglazed clay foot."
        ),
        "price": euros(3920),
        "price_note": "fees included",
        "badge": {"kind": "stock", "text": "6 of 24 left"},
        "live": {"drop": DROP, "skus": [sku for _, _, sku in GLAZES], "total": 24},
        "choices": {"prompt": "Glaze", "style": "chips", "options": options},
        "actions": [],
    }


def carousel() -> Body:
    names = [
        ("tide-bowl-foam", "Tide bowl · Foam", 5400),
        ("bud-vase-ink", "Bud vase · Ink", 2900),
        ("ring-mug-marigold", "Ring mug · Marigold", 3920),
    ]
    cards = [
        {"title": title, "subtitle": "From the same firing", "body": "", "image": image(name, title), "price": euros(minor), "price_note": "", "badge": {"kind": "stock", "text": "4 of 12 left"}, "live": None, "choices": None,
         "actions": [{"kind": "callback", "label": "Show me", "token": f"show.{name}", "url": None, "style": "quiet"}]}
        for name, title, minor in names
    ]  # fmt: skip
    return {"cards": cards, "cursor": None}


def where() -> Body:
    return {
        "prompt": "Where should it go?",
        "style": "list",
        "options": [
            {
                "label": "Pick it up",
                "desc": "Café Mira, Lisbon · from Friday",
                "token": "where.pickup",
                "swatch": None,
                "sku": None,
                "disabled_reason": None,
            },
            {
                "label": "Ship it",
                "desc": "Portugal and 30 more countries",
                "token": "where.ship",
                "swatch": None,
                "sku": None,
                "disabled_reason": None,
            },
        ],
    }


def slots(now: datetime) -> Body:
    def day(offset: int, left: list[int]) -> Body:
        date = (now + timedelta(days=offset)).date()
        times = ["16:00–17:00", "17:00–18:00", "18:00–19:00", "19:00–20:00"]
        return {"date": date.isoformat(), "label": f"{date:%a} {date.day} {date:%b}", "slots": [
            {"token": f"slot.{offset}.{i}", "start": iso(now), "end": iso(now), "label": time, "left": left[i]} for i, time in enumerate(times)
        ]}  # fmt: skip

    return {
        "prompt": "When would you like to come by?",
        "location": "Café Mira, Rua da Rosa 12, Lisbon",
        "time_zone": "Europe/Lisbon",
        "days": [day(4, [3, 0, 5, 2]), day(5, [4, 4, 0, 1]), day(7, [5, 5, 5, 5])],
    }


def address_form() -> Body:
    countries = [
        {"value": code, "label": name}
        for code, name in [("PT", "Portugal"), ("ES", "Spain"), ("DE", "Germany"), ("FR", "France")]
    ]
    return {"prompt": "Where shall it be sent?", "token": "form.address", "submit_label": "Show the price", "fields": [
        {"name": "country", "label": "Country", "kind": "country", "value": "PT", "options": countries, "required": True},
        {"name": "postcode", "label": "Postcode", "kind": "text", "value": "", "options": None, "required": True},
    ]}  # fmt: skip


def gift_words() -> Body:
    return {"prompt": "A few words to go with Ring mug · Sage? You may leave it empty.", "token": "gift.words", "submit_label": "Make it a gift", "fields": [
        {"name": "message", "label": "Your words", "kind": "message", "value": "", "options": None, "required": False},
    ]}  # fmt: skip


def _option(label: str, desc: str = "") -> Body:
    return {"label": label, "desc": desc, "token": f"t.{label}", "swatch": None, "sku": None, "disabled_reason": None}


def follow_ons() -> Body:
    prompt = "Early access: you may buy in the members' minutes of the next drop.\n\nIf you like, each for itself:"
    letter = _option("The letter", "By e-mail, to lena@example.org")
    member = _option("Become a member", "Friends of the kiln: costs nothing, ends when you like")
    options = [letter, member, _option("No, thanks"), _option("Undo early access")]
    return {"prompt": prompt, "style": "list", "options": options}


def scores() -> Body:
    prompt = "How is Ring mug · Sage? 1 is poor, 5 is very good. Only Kiln & Tide sees it."
    return {"prompt": prompt, "style": "chips", "options": [_option(str(score)) for score in range(1, 6)]}


def quote(now: datetime) -> Body:
    return {
        "quote": "q_1", "title": "Ring mug · Sage",
        "lines": [{"label": "Ring mug · Sage", "amount": euros(3800)}, {"label": "Pickup at Café Mira", "amount": euros(0)}, {"label": "Service fee", "amount": euros(120)}],
        "of_which": [{"label": "VAT 23 %", "amount": euros(733)}, {"label": "Kiln & Tide receives", "amount": euros(2989)}],
        "total": euros(3920),
        "delivery": {"label": "Café Mira, Lisbon", "earliest_date": "2026-11-27", "latest_date": "2026-11-27", "text": "Pickup Fri 27 Nov, 16:00–17:00, Café Mira"},
        "valid_until": iso(now + timedelta(seconds=120)), "returns_text": "You can send it back within 14 days.",
        "actions": [{"kind": "callback", "label": "Hold for 10 minutes", "token": "hold.q_1", "url": None, "style": "primary", "hold": {"quote": "q_1", "hash": "f" * 64}}],
    }  # fmt: skip


def offers(*, is_wrapped: bool = False) -> Body:
    """Say what may be had beside the mug: nothing of it is taken by itself."""
    rows = [
        ("Gift wrap", "packaging", "In linen cloth, tied with string.", 412, is_wrapped),
        ("Care kit", "extra", "", 927, False),
        ("Handwritten note", "extra", "", 0, is_wrapped),
    ]
    return {
        "prompt": "Beside it, if you like. Each amount is what the total rises by, tax and fees included.",
        "options": [
            {"label": label, "desc": desc, "kind": kind, "rise": euros(rise) | ({} if rise else {"text": "free"}), "is_chosen": is_chosen, "token": f"beside.{label}.{is_chosen}"}
            for label, kind, desc, rise, is_chosen in rows
        ],
        "decline": {"kind": "callback", "label": "No, thanks", "token": "nothing.q_1", "url": None, "style": "quiet", "hold": None},
    }  # fmt: skip


def hold(
    now: datetime,
    base: str,
    *,
    state: str = "active",
    starts: datetime | None = None,
    lasts: timedelta = timedelta(minutes=10),
) -> Body:
    starts = starts or now
    live = [
        {"kind": "pay", "label": "Pay €39.20", "token": "pay.h_1", "url": f"{base}/checkout/h_1/", "style": "primary"},
        {"kind": "callback", "label": "Let it go", "token": "release.h_1", "url": None, "style": "quiet"},
        {"kind": "callback", "label": "I need more time", "token": "extend.h_1", "url": None, "style": "quiet"},
    ]
    again = [{"kind": "callback", "label": "Hold again", "token": "pick.RM-SAGE", "url": None, "style": "quiet"}]
    return {"hold": "h_1", "title": "Ring mug · Sage", "quantity": 1, "total": euros(3920), "expires_at": iso(starts + lasts), "server_time": iso(now), "starts_at": iso(starts), "state": state,
            "actions": {"active": live, "extended": live[:2], "paying": live[:1], "expired": again, "released": again}.get(state, [])}  # fmt: skip


def receipt(base: str) -> Body:
    return {
        "order": "o_1", "title": "Ring mug · Sage", "lines": [{"label": "Ring mug · Sage", "amount": euros(3800)}, {"label": "Service fee", "amount": euros(120)}], "total": euros(3920),
        "delivery": {"method": "pickup", "label": "Café Mira", "text": "Pick it up Fri 27 Nov, 16:00–17:00"},
        "order_url": f"{base}/orders/o_1/", "pass": {"code": "K7RM", "qr_url": f"{base}/qr.svg", "place": "Café Mira, Lisbon", "when": "Fri 27 Nov, 16:00–17:00"}, "track_url": None,
    }  # fmt: skip


def stock(seq: int, available: int = 6, held: int = 3, epoch: int = 1) -> Body:
    """Say that so many are free in Sage, and the other glazes stand still."""
    rest = {"RM-TERRA": (0, 1), "RM-MID": (0, 0), "RM-MARI": (0, 0)}
    skus = [
        {
            "sku": "RM-SAGE",
            "total": 6 + 6,
            "available": available,
            "kept": 0,
            "held": held,
            "waiting": 0,
            "sold": 12 - available - held,
            "next_return_at": None,
        }
    ]
    skus += [
        {
            "sku": sku,
            "total": 4,
            "available": free,
            "kept": 0,
            "held": kept,
            "sold": 4 - free - kept,
            "waiting": 0,
            "next_return_at": None,
        }
        for sku, (free, kept) in rest.items()
    ]
    return {"drop": DROP, "state": "open", "epoch": epoch, "seq": seq, "next_return_at": None, "skus": skus}
