"""
Exports that were published for trying out shops, where they lie beside the project or where CREATORSHOP_SAMPLES says.
"""

import os
from pathlib import Path

import pytest

from drops.catalog.imports.photo_sources import photos_in_folder
from drops.catalog.imports.running import run_import
from drops.catalog.models import Creator, Photo, Product, Sku
from tests.drops.catalog.sheets import deeds
from tests.factories import make_creator

SAMPLES = Path(os.environ.get("CREATORSHOP_SAMPLES", Path(__file__).parents[4] / "shared" / "samples"))
# products, SKUs, photos named, photos given and found
KNOWN = {
    "bklyn/products.csv": (25, 96, 55, 48),
    "csv/apparel-small.csv": (20, 22, 20, 0),
    "csv/home-and-garden.csv": (20, 21, 21, 0),
    "csv/jewelry.csv": (19, 24, 25, 0),
}
HERE = [name for name in KNOWN if (SAMPLES / name).is_file()]


def take_in_sample(creator: Creator, name: str):
    path = SAMPLES / name
    folder = path.parent / "photos"
    with path.open("rb") as file:
        photos = photos_in_folder(folder) if folder.is_dir() else None
        return run_import(creator=creator, file=file, name=path.name, photos=photos)


# A clone without the samples collects nothing here: the shapes they have are in data/cups.csv, too.
if HERE:

    @pytest.mark.django_db
    @pytest.mark.parametrize("sample", HERE)
    def test_a_published_export_is_taken_whole_and_changes_nothing_the_second_time(sample):
        creator = make_creator(currency="USD")

        first = take_in_sample(creator, sample)
        second = take_in_sample(creator, sample)

        products, skus, photos, found = KNOWN[sample]
        assert (first.refusals, second.refusals) == ([], [])
        assert deeds(first) == {"product": (products, 0, 0), "SKU": (skus, 0, 0), "photo": (found, 0, 0)}
        assert deeds(second) == {"product": (0, 0, products), "SKU": (0, 0, skus), "photo": (0, 0, found)}
        assert len(first.missing_photos) == len(second.missing_photos) == photos - found
        assert not second.has_changes
        assert (Product.objects.count(), Sku.objects.count(), Photo.objects.count()) == (products, skus, found)
