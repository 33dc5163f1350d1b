"""
The pickup pass outside of the page: a QR code and a calendar entry.
"""

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import segno
from icalendar import Calendar, Event

from drops.sales.models import Order
from pickups.queries import Pass


def qr_svg(content: str) -> str:
    """Return a QR code as an SVG that scales with its frame and needs no style, good inside a page and as a file."""
    drawn = BytesIO()
    segno.make(content, error="m", micro=False).save(
        drawn,
        kind="svg",
        xmldecl=False,
        nl=False,
        border=3,
        dark="#14201b",
        light="#ffffff",
        omitsize=True,
        svgclass="qr",
        lineclass=None,
    )
    return drawn.getvalue().decode()


def calendar_of(*, order: Order, proof: Pass, now: datetime, url: str) -> bytes:
    """Return a pickup as an iCalendar file; a second download replaces the first (RFC 5545, UID)."""
    zone = ZoneInfo(proof.time_zone)
    event = Event()
    event.add("uid", f"pickup-{order.ref}@creatorshop")
    event.add("dtstamp", now)
    event.add("dtstart", proof.starts_at.astimezone(ZoneInfo("UTC")))
    event.add("dtend", proof.ends_at.astimezone(ZoneInfo("UTC")))
    event.add("summary", f"Pick up {order.terms['title']}")
    event.add("location", f"{proof.location}, {proof.address}")
    event.add("description", f"Your code: {proof.code_text}\n{proof.when} ({zone.key})\nOrder {order.ref}")
    event.add("url", url.removesuffix("pickup.ics"))
    calendar = Calendar()
    calendar.add("prodid", "-//Creatorshop//Pickups//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
