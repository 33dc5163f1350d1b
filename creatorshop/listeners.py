"""
The roof's ears: what is done when the shop below announces something.
"""

import logging

from kombu.exceptions import OperationalError

from drops.tasks import make_renditions

logger = logging.getLogger(__name__)


def send_renditions_task(*, photo_id: int, **_facts: object) -> None:
    """Have a new photo's renditions made by a worker; when none can be reached, the sweep makes them later."""
    try:
        make_renditions.delay(photo_id=photo_id)
    except OperationalError:
        logger.info("No broker; the renditions of photo %s wait for the sweep", photo_id)
