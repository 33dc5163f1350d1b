from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from creatorshop.api.drops import admitted_drop
from creatorshop.api.schemas import ErrorOut, Moment
from creatorshop.chat.live import fresh_snapshot

router = Router(tags=["drops"])


class SkuStockOut(Schema):
    sku: str
    total: int = Field(description="units this drop sells in all")
    available: int = Field(description="what anybody can have now")
    kept: int = Field(description="free, and kept back for people who wait")
    held: int = Field(description="promised to somebody for a few minutes")
    sold: int
    waiting: int = Field(description="units that people in line ask for")
    next_return_at: Moment | None = Field(description="when the first of the held ones is free again, if nobody pays")


class StockOut(Schema):
    drop: str
    state: str
    epoch: int
    seq: int = Field(description="grows with every change; drop whatever is older than what you have")
    server_time: Moment
    closes_at: Moment
    next_return_at: Moment | None
    skus: list[SkuStockOut]


@router.get(
    "/{drop}/stock",
    response={200: StockOut, 304: None, 403: ErrorOut, 404: ErrorOut},
    url_name="drop-stock",
    operation_id="get_stock",
)
def get_stock(request: HttpRequest, response: HttpResponse, drop: str) -> Any:
    """Say what is left of every SKU of a drop. The ETag is epoch-seq; If-None-Match answers 304."""
    found = admitted_drop(request=request, ref=drop)
    snapshot = fresh_snapshot(drop_id=found.pk)
    etag = f'"{snapshot["epoch"]}-{snapshot["seq"]}"'
    if etag in _tags(request.headers.get("If-None-Match", "")):
        answer = HttpResponse(status=304)
        answer["ETag"] = etag
        return answer
    response["ETag"] = etag
    response["Cache-Control"] = "no-cache"
    return snapshot


def _tags(header: str) -> set[str]:
    """Return the tags a client has; a proxy that compressed our answer may have made them weak."""
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
