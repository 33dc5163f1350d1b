from urllib.parse import urlsplit

from drops.catalog.models import Creator


def is_origin_allowed(*, creator: Creator, origin: str, own: str) -> bool:
    """Tell whether a page of that origin may embed a creator's widget; our own pages always may."""
    wanted = normalise_origin(origin)
    return bool(wanted) and wanted in {normalise_origin(own), *map(normalise_origin, creator.allowed_origins)}


def normalise_origin(origin: str) -> str:
    """Return scheme://host[:port] in lower case without a default port, or "" if it is no web origin (RFC 6454)."""
    try:
        parts = urlsplit(origin.strip().lower())
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    default = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, default) else f":{port}")
