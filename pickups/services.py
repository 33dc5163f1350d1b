"""
What is needed to set pickups up, from one door: a partner, a location, its slots, a link for its counter, a shelf.

    partner = make_partner(name="Café Mira")
    location = make_location(partner=partner, creators=[creator], name="Café Mira", address="Rua do Poço 12",
                             city="Lisbon", country="PT", hours={4: [("16:00", "20:00")]})
    materialise_slots(location_id=location.pk, now=now)
    new_roster_link(location=location, role=RosterRole.SUPERVISOR, expires_at=..., now=now).url
"""

from pickups.models import RosterRole
from pickups.partners import make_location, make_partner
from pickups.roster import new_link as new_roster_link
from pickups.shelves import put_up_shelf, take_down_shelf
from pickups.slots import bookable_slots, close_slot, materialise_slots, reopen_slot, resize_slot

__all__ = [
    "RosterRole",
    "bookable_slots",
    "close_slot",
    "make_location",
    "make_partner",
    "materialise_slots",
    "new_roster_link",
    "put_up_shelf",
    "reopen_slot",
    "resize_slot",
    "take_down_shelf",
]
