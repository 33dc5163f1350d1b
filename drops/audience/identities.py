"""
What a shopper is known by besides their account. Limits count it, so that one person is not three by opening three tabs.
"""

import re

from django.utils.crypto import salted_hmac

from drops.audience.models import Identity, IdentityKind, Shopper
from drops.audience.phones import normalise_phone
from drops.errors import Invalid, Refused

MOST_OF_A_KIND = 20  # each is counted by every claim of the shopper
# From before other slices asked here; another one would give everybody new places in drops that run.
_SALT = "drops.stock.limits"
_DEVICE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_CHAT = re.compile(r"[a-z][a-z0-9_]{0,19}:\S(.{0,198}\S)?")


class IdentityInvalid(Invalid):
    code = "identity_malformed"


class TooManyIdentities(Refused):
    """Nobody has so many telephones: somebody tries out numbers."""

    code = "too_many_identities"


def key_of(*, identity: str) -> str:
    """Return an identity as the database keeps it: a keyed hash, so that the tables name nobody."""
    return salted_hmac(_SALT, identity, algorithm="sha256").hexdigest()


def remember(*, shopper: Shopper, kind: IdentityKind, value: str) -> Identity:
    """
    Note that a shopper is known by something as well; the same again changes nothing.

    :raises IdentityInvalid: if the value is none of that kind.
    :raises PhoneInvalid: if it is no telephone number.
    :raises TooManyIdentities: if they have twenty of the kind; it is not noted then.
    """
    key_hash = key_of(identity=normalised(kind=kind, value=value, country=country_of(shopper)))
    known = Identity.objects.filter(shopper=shopper, kind=kind)
    found = known.filter(key_hash=key_hash).first()
    if found is not None:
        return found
    if known.count() >= MOST_OF_A_KIND:
        raise TooManyIdentities("These are more than one person has.", kind=str(kind), most=MOST_OF_A_KIND)
    identity, _ = Identity.objects.get_or_create(shopper=shopper, kind=kind, key_hash=key_hash)
    return identity


def country_of(shopper: Shopper) -> str:
    """Return where a shopper's numbers without a country are from, as far as we know."""
    return shopper.country or shopper.creator.country


def normalised(*, kind: IdentityKind, value: str, country: str) -> str:
    """
    Return the one way to write an identity: +351912345678, host:4711, or a device's random id as it is.

    :raises IdentityInvalid: if the value is none of that kind.
    :raises PhoneInvalid: if it is no telephone number.
    """
    if kind == IdentityKind.PHONE:
        return normalise_phone(text=value, country=country)
    pattern = _DEVICE if kind == IdentityKind.DEVICE else _CHAT
    if pattern.fullmatch(value) is None or not value.isprintable():
        raise IdentityInvalid(f"This is no {kind.label.lower()}.", kind=str(kind))
    return value
