from __future__ import annotations

from datetime import datetime

from drops.errors import NotFound
from drops.refs import new_ref
from pickups import codes
from pickups.models import Pickup, Slot


class UnknownCode(NotFound):
    """No pickup has this code, or none at this location: who asks learns no more than that."""

    code = "unknown"


def new_pickup(*, order_id: int, slot: Slot, now: datetime) -> Pickup:
    """Return an unsaved pickup with a code that no other has."""
    pickup = Pickup(ref=new_ref(), order_id=order_id, location_id=slot.location_id, slot=slot, created_at=now)
    _give_code(pickup)
    return pickup


def reissue_code(*, pickup: Pickup) -> Pickup:
    """Give a pickup another code; the old one opens nothing from then on."""
    pickup.code_version += 1
    _give_code(pickup)
    pickup.save(update_fields=["code_hash", "code_version", "short_code"])
    return pickup


def code_of(*, pickup: Pickup) -> str:
    """
    Return the nine characters of a pickup's code.

    :raises UnknownCode: if the key it was made with is gone from settings; it has to be reissued then.
    """
    for key in codes.signing_keys():
        code = codes.derive_code(ref=pickup.ref, version=pickup.code_version, key=key)
        if codes.hash_code(code=code, key=key) == pickup.code_hash:
            return code
    raise UnknownCode("This pass was made with a key that the shop no longer has.", pickup=pickup.ref)


def pickup_by_code(*, scanned: str) -> Pickup:
    """
    Return the pickup whose whole code was typed or scanned.

    :raises BadCode: if it cannot be a code.
    :raises UnknownCode: if no pickup has it.
    """
    code = codes.read_code(scanned)
    hashes = [codes.hash_code(code=code, key=key) for key in codes.signing_keys()]
    pickup = Pickup.objects.with_units().filter(code_hash__in=hashes).order_by("pk").first()
    if pickup is None:
        raise UnknownCode("No pickup has this code.")
    return pickup


def _give_code(pickup: Pickup) -> None:
    key = codes.signing_keys()[0]
    while True:
        code = codes.derive_code(ref=pickup.ref, version=pickup.code_version, key=key)
        pickup.code_hash = codes.hash_code(code=code, key=key)
        pickup.short_code = code[: codes.SHORT_LENGTH]
        if not Pickup.objects.filter(code_hash=pickup.code_hash).exists():
            return
        pickup.code_version += 1  # one in 10^12 for each pickup there is, and then the next number
