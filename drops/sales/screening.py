"""
The refusals that come of what is thought of a wish, and of abandoned holds. Kind, and without numbers to aim at.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from drops.audience.models import Shopper
from drops.catalog.models import Creator
from drops.errors import Refused
from drops.risk import step_ups
from drops.risk.models import RiskRules
from drops.sales.accepting import Outcome
from drops.sales.models import Quote
from drops.schedule.models import Drop

ABANDONED = "SELECT count(*) FROM drops_abandoned(%(shopper)s, %(drop_sku)s, %(at)s)"
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


class Blocked(Refused):
    """This shopper gets nothing for now; the facts say whom they may write to, and which word to mention."""

    code = "blocked"


class StepUpRequired(Refused):
    """A code has to be given back first; the facts carry the token of the page that sends it."""

    code = "step_up_required"


class SlowDown(Refused):
    """Others go first; the facts say for how long."""

    code = "slow_down"


class CoolingDown(Refused):
    """Too many of their holds in this drop were abandoned; the facts say how many, and until when they wait."""

    code = "cooling_down"


def blocked(outcome: Outcome) -> Blocked:
    """Return the refusal of somebody who is blocked, with the way to say that it is a mistake."""
    creator = Creator.objects.get(pk=outcome.creator_id)
    rules = RiskRules.objects.filter(creator=creator).first()
    contact = (rules.contact if rules else "") or settings.DEFAULT_FROM_EMAIL
    assert outcome.quote_id is not None
    mention = Quote.objects.values_list("ref", flat=True).get(pk=outcome.quote_id)[:8].upper()
    return Blocked(
        f"{creator.name} can't hold this for you. If you think that is a mistake, write to {contact} and mention {mention}.",
        contact=contact,
        mention=mention,
    )


def step_up_required(outcome: Outcome) -> StepUpRequired:
    """Return the refusal of somebody who is asked for a code first."""
    shopper = Shopper.objects.get(pk=outcome.shopper_id)
    return StepUpRequired(
        "Please confirm your e-mail address first: we send you a code, and it takes a minute.",
        check=step_ups.link_token(shopper),
        how="email_code",
    )


def slow_down(outcome: Outcome) -> SlowDown:
    """Return the refusal of somebody who lets others go first for some seconds."""
    seconds = _seconds_left(outcome)
    return SlowDown(
        f"A few others go first. You can hold in {seconds} seconds.", retry_after=seconds, until=outcome.until
    )


def cooling_down(outcome: Outcome) -> CoolingDown:
    """Return the refusal of somebody who abandoned holds of this drop."""
    values: dict[str, Any] = {"shopper": outcome.shopper_id, "drop_sku": outcome.drop_sku_id, "at": outcome.at}
    with connection.cursor() as cursor:
        cursor.execute(ABANDONED, values)
        lapsed = cursor.fetchone()[0]
    until, zone = _until(outcome), Drop.objects.get(pk=outcome.drop_id).zone
    number = _NUMBERS[lapsed] if lapsed < len(_NUMBERS) else str(lapsed)
    holds = "hold" if lapsed == 1 else "holds"
    return CoolingDown(
        f"You let {number} {holds} lapse. You can hold again at {until.astimezone(zone):%H:%M:%S}.",
        until=until,
        lapsed=lapsed,
        retry_after=_seconds_left(outcome),
    )


def _seconds_left(outcome: Outcome) -> int:
    return max(1, round((_until(outcome) - outcome.at).total_seconds()))


def _until(outcome: Outcome) -> datetime:
    assert outcome.until is not None
    return outcome.until
