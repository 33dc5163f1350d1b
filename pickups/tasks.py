from celery import shared_task

from drops.clock import database_now
from pickups.models import Location
from pickups.slots import materialise_slots


@shared_task(ignore_result=True)
def materialise_all_slots(**_future: object) -> None:
    """Make the slots of every active location; whoever asks for slots makes missing ones too, this only does it early."""
    for location_id in Location.objects.active().order_by("pk").values_list("pk", flat=True):
        materialise_slots(location_id=location_id, now=database_now())
