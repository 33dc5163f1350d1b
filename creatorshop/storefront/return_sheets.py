"""
The page to send something back on: what can be chosen, what it would mean, and what was typed into it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse

from creatorshop.storefront import wording
from creatorshop.storefront.heads import Head, head_of
from creatorshop.storefront.return_cards import is_there, send_by, until_when
from creatorshop.storefront.return_places import return_address
from drops.returns.models import ReturnReason
from drops.returns.requesting import ALL_GONE, LONGEST_NOTE, Returnable, refuse_unless_returnable
from drops.sales.access import order_access
from drops.sales.models import Order

# Who withdraws in time owes nobody a reason. Kept as a change of mind, which is all that it can mean for the money.
UNSAID = "unsaid"
UNSAID_LABEL = "I’d rather not say"
_FIELD = "units-"


@dataclass(frozen=True)
class Typed:
    """What came with the form."""

    quantities: Mapping[int, int]
    reason: str = ""
    note: str = ""
    seen: str = ""  # what the page stood for when it was sent

    @property
    def kept_reason(self) -> str:
        return ReturnReason.CHANGED_MIND.value if self.reason == UNSAID else self.reason


@dataclass(frozen=True)
class Line:
    name: str
    label: str
    counts: range
    chosen: int
    hint: str = ""


@dataclass(frozen=True)
class ReturnSheet:
    """What the page shows; `step` is "choose", "confirm" or "nothing"."""

    head: Head
    step: str
    ref: str
    order_url: str
    is_withdrawal: bool = False
    until: str = ""
    lines: Sequence[Line] = ()
    reasons: Sequence[tuple[str, str]] = ()
    reason: str = ""
    note: str = ""
    longest_note: int = LONGEST_NOTE
    reason_label: str = ""
    is_there: bool = True
    send_by: str = ""
    where: Sequence[str] = ()
    seen: str = ""
    refusal: str = ""


def read(data: Mapping[str, str]) -> Typed:
    """Return what was sent, whatever it was: a count that is none is no unit."""
    quantities = {}
    for name, value in data.items():
        row = name.removeprefix(_FIELD)
        if name.startswith(_FIELD) and _is_small(row) and _is_small(value):
            quantities[int(row)] = int(value)
    note = data.get("note", "").replace("\r\n", "\n")[:LONGEST_NOTE]
    return Typed(quantities, data.get("reason", "")[:20], note, data.get("seen", "")[:1000])


def stamp(there: Returnable) -> str:
    """Return what a page stood for: a second press of its button, or the end of the last day, makes it another."""
    return ",".join(
        [f"{int(there.is_withdrawal)}", *(f"{line.row}:{line.quantity}" for line in there.lines)],
    )


def refuse_unless_whole(*, there: Returnable, typed: Typed) -> None:
    """
    Do nothing if what was chosen can go back.

    :raises NothingToReturn: and the others, as `refuse_unless_returnable` says; without the right to it a reason is owed.
    """
    is_owed = not there.is_withdrawal_of(typed.quantities)
    reason = "" if is_owed and typed.reason == UNSAID else typed.kept_reason
    refuse_unless_returnable(there=there, quantities=typed.quantities, reason=reason)


def sheet_to_choose(
    *, order: Order, there: Returnable, typed: Typed | None = None, refusal: str = "", now: datetime
) -> ReturnSheet:
    """Return the first step: which units, why, and in whose words."""
    if not there.lines:
        return sheet_of_nothing(order=order, sentence=ALL_GONE)
    is_sole = sum(line.quantity for line in there.lines) == 1
    chosen = typed.quantities if typed else {line.row: 1 for line in there.lines if is_sole}
    reasons = _reasons(is_withdrawal=there.is_withdrawal)
    first = reasons[0][0] if there.is_withdrawal else ""
    sheet = _sheet(order, there, now)
    return replace(
        sheet,
        step="choose",
        lines=[
            Line(
                f"{_FIELD}{line.row}",
                line.label,
                range(line.quantity + 1),
                min(chosen.get(line.row, 0), line.quantity),
                "" if line.has_right or not there.is_withdrawal else "Made for you, so this is asked of the shop.",
            )
            for line in there.lines
        ],
        reasons=reasons,
        reason=typed.reason if typed and typed.reason in dict(reasons) else first,
        note=typed.note if typed else "",
        refusal=refusal,
    )


def sheet_to_confirm(*, order: Order, there: Returnable, typed: Typed, now: datetime) -> ReturnSheet:
    """Return the second step: what is about to be said, and what follows from it."""
    return replace(
        _sheet(order, there, now),
        step="confirm",
        is_withdrawal=there.is_withdrawal_of(typed.quantities),
        lines=[
            Line(f"{_FIELD}{line.row}", line.label, range(0), typed.quantities[line.row])
            for line in there.lines
            if typed.quantities.get(line.row)
        ],
        reason=typed.reason,
        reason_label="" if typed.reason == UNSAID else dict(_reasons()).get(typed.reason, ""),
        note=typed.note,
    )


def sheet_of_nothing(*, order: Order, sentence: str) -> ReturnSheet:
    """Return the page of an order of which nothing can go back, and why."""
    return ReturnSheet(
        head=head_of(order.creator), step="nothing", ref=order.ref, order_url=_page(order), refusal=sentence
    )


def _sheet(order: Order, there: Returnable, now: datetime) -> ReturnSheet:
    return ReturnSheet(
        head=head_of(order.creator),
        step="",
        ref=order.ref,
        order_url=_page(order),
        is_withdrawal=there.is_withdrawal,
        until=until_when(order, now),
        is_there=is_there(order),
        send_by=wording.day(send_by(order=order, begun=now)),
        where=return_address(creator_id=order.creator_id),
        seen=stamp(there),
    )


def _reasons(*, is_withdrawal: bool = False) -> list[tuple[str, str]]:
    named = [(str(value), str(label)) for value, label in ReturnReason.choices]
    return [(UNSAID, UNSAID_LABEL), *named] if is_withdrawal else named


def _page(order: Order) -> str:
    return reverse("order", args=[order.ref, order_access(order.ref)])


def _is_small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4
