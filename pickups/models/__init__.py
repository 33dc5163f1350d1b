"""Every model of the pickups room, one file for each thing it is about."""

from pickups.models.locations import HoursException, Location, Partner, PartnerMember, WeeklyHours
from pickups.models.passes import Pickup, PickupEvent, PickupUnit, UnitState
from pickups.models.rosters import RosterAct, RosterActKind, RosterDevice, RosterLink, RosterRole
from pickups.models.shelves import Shelf
from pickups.models.slots import Slot, SlotPlace, SlotState

__all__ = [
    "HoursException",
    "Location",
    "Partner",
    "PartnerMember",
    "Pickup",
    "PickupEvent",
    "PickupUnit",
    "RosterAct",
    "RosterActKind",
    "RosterDevice",
    "RosterLink",
    "RosterRole",
    "Shelf",
    "Slot",
    "SlotPlace",
    "SlotState",
    "UnitState",
    "WeeklyHours",
]
