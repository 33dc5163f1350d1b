"""
From data and a template to a tagged PDF. Data travels as JSON and never becomes part of a template's source.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import typst

TEMPLATES = Path(__file__).parent
# PDF/UA-1: tagged, with a title and a language, so that a screen reader can follow.
STANDARD: Literal["ua-1"] = "ua-1"


def typeset(*, template: str, data: dict[str, Any], at: datetime) -> bytes:
    """Return a template filled with data, as a PDF that is the same bytes for the same data and time."""
    return typst.compile(
        str(TEMPLATES / template),
        root=str(TEMPLATES),
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        pdf_standards=STANDARD,
        timestamp=at.astimezone(UTC).replace(microsecond=0),
    )
