"""
Noting with which traits a shopper is seen, and forgetting it again in time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.crypto import salted_hmac

from drops.audience.models import Shopper
from drops.risk.addresses import area_of, normalised_street
from drops.risk.emails import canonical_email, is_disposable
from drops.risk.models import Sighting, Trait
from drops.risk.networks import network_of

KEPT_FOR = timedelta(days=30)
_KEEPABLE = 200  # characters; nobody's phone or e-mail address is longer


def key_of(*, creator_id: int, trait: Trait, value: str) -> str:
    """Return a trait as the database keeps it: a hash under a key of the creator's own."""
    return salted_hmac("drops.risk", f"{creator_id}:{trait}:{value}", algorithm="sha256").hexdigest()


def note(*, shopper: Shopper, seen: Mapping[Trait, str], at: datetime) -> None:
    """
    Note what a shopper is seen with: raw values, of which only keyed hashes are kept. Empty ones are passed over.

    An e-mail address counts as its mailbox, an internet address as its network.
    """
    rows = []
    for trait, value in seen.items():
        meant = _meant(trait, value)
        if meant:
            key = key_of(creator_id=shopper.creator_id, trait=trait, value=meant)
            disposable = trait == Trait.MAIL and is_disposable(value)
            rows.append(
                Sighting(shopper=shopper, trait=trait, key_hash=key, is_disposable=disposable, first_at=at, last_at=at)
            )
    if rows:
        Sighting.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["shopper", "key_hash"], update_fields=["last_at"]
        )


def traits_of_address(address: Mapping[str, str]) -> dict[Trait, str]:
    """Return what is noted of a postal address: the house, and the area in which others may be compared with it."""
    area = area_of(address)
    street = normalised_street(address.get("street", ""))
    if not area or not street:
        return {}
    return {Trait.AREA: area, Trait.ADDRESS: f"{area}:{street}"}


def forget_old_sightings(*, now: datetime) -> int:
    """Delete what was last seen more than 30 days ago; return how many rows there were."""
    deleted, _ = Sighting.objects.filter(last_at__lt=now - KEPT_FOR).delete()
    return deleted


def _meant(trait: Trait, value: str) -> str:
    value = value.strip()[:_KEEPABLE]
    match trait:
        case Trait.MAIL:
            return canonical_email(value)
        case Trait.NETWORK:
            return network_of(value)
        case Trait.PHONE:
            return "".join(letter for letter in value if letter.isdigit())
        case _:
            return value
