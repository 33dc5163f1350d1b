from __future__ import annotations

from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from drops.catalog.imports.photo_sources import PhotoSource, photos_in_folder, photos_in_zip
from drops.catalog.imports.running import rehearse_import, run_import
from drops.catalog.queries import creator_of_slug
from drops.errors import ShopError


class Command(BaseCommand):
    help = "Take products, SKUs and photos from the CSV that shops export, or an XLSX with the same columns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the CSV or XLSX file")
        parser.add_argument("--creator", required=True, metavar="SLUG", help="whose products they are")
        parser.add_argument("--photos", type=Path, metavar="DIR|ZIP", help="a folder or ZIP file with the photos")
        parser.add_argument("--dry-run", action="store_true", help="only print what would change")

    def handle(self, *args: Any, file: Path, creator: str, photos: Path | None, dry_run: bool, **options: Any) -> None:
        run = rehearse_import if dry_run else run_import
        with ExitStack() as open_files:
            try:
                report = run(
                    creator=creator_of_slug(creator),
                    file=open_files.enter_context(file.open("rb")),
                    name=file.name,
                    photos=_source(photos, open_files),
                    progress=self._show_progress,
                )
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from None
            except ShopError as refusal:
                raise CommandError(refusal.message) from None
        for line in report.lines():
            self.stdout.write(line)

    def _show_progress(self, stage: str, done: int, total: int) -> None:
        # On a terminal the line is written over and over; in a log one line in ten per cent is enough.
        if self.stderr.isatty():
            self.stderr.write(f"\r{stage}: {done} of {total}", ending="" if done < total else "\n")
        elif done == total or done * 10 // total != (done - 1) * 10 // total:
            self.stderr.write(f"{stage}: {done} of {total}")


def _source(photos: Path | None, open_files: ExitStack) -> PhotoSource | None:
    if photos is None:
        return None
    if photos.is_dir():
        return photos_in_folder(photos)
    return photos_in_zip(open_files.enter_context(photos.open("rb")))
