"""
Tables for people and JSON for machines.
"""

import json
import math
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def percentile(values: list[float], percent: float) -> float:
    """Return the value that so many percent of the values do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


def show(title: str, figures: dict[str, Any]) -> None:
    """Print figures under a title, one a line, and keep them as JSON beside the others of this machine."""
    print(f"\n{title}")
    width = max(len(name) for name in figures)
    for name, value in figures.items():
        print(f"  {name:<{width}}  {_text(value)}")
    keep(title, figures)


def keep(title: str, figures: dict[str, Any]) -> None:
    """Write figures to bench/results/<title>.local.json, which is not kept in version control."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{title.partition(':')[0].replace(' ', '-')}.local.json"
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "load_before": os.getloadavg()[0]}
    stamp = datetime.now(tz=UTC).isoformat(timespec="seconds")
    path.write_text(json.dumps({"at": stamp, "machine": machine, "title": title, **figures}, indent=1) + "\n")


def _text(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
