"""
Where an import finds its photos: a folder, or a ZIP that is read in memory and never unpacked to disk.
"""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from drops.catalog.pictures import LARGEST_BYTES
from drops.errors import Invalid

MOST_FILES = 20_000
LARGEST_UNPACKED_BYTES = 4 * 1024 * 1024 * 1024

# Shops keep smaller copies of a picture under names like boot_grande.jpg, boot_925x.jpg and boot_600x600@2x.jpg.
_SIZE = re.compile(
    r"_(pico|icon|thumb|small|compact|medium|large|grande|original|master|\d{1,4}x\d{0,4}|x\d{1,4})(@[23]x)?$"
)


class UnsafeArchive(Invalid):
    """A ZIP that tries to be more than a folder of pictures; nothing of it is read."""

    code = "unsafe_archive"


class NoSuchFolder(Invalid):
    code = "no_such_folder"


class PhotoSource:
    """Photos by the file names that a sheet gives them."""

    def __init__(self, files: Iterable[tuple[str, Callable[[], bytes]]]) -> None:
        self._by_name: dict[str, Callable[[], bytes]] = {}
        self._by_stem: dict[str, list[tuple[str, Callable[[], bytes]]]] = {}
        for path, read in sorted(files, key=lambda entry: entry[0]):
            name = _folded(PurePosixPath(path).name)
            self._by_name.setdefault(name, read)
            self._by_stem.setdefault(_stem(name), []).append((PurePosixPath(name).suffix, read))

    def read(self, name: str) -> bytes | None:
        """Return a photo's bytes, by its name or that of a smaller copy; None when it is not there."""
        wanted = _folded(name)
        exact = self._by_name.get(wanted)
        if exact:
            return exact()
        near = self._by_stem.get(_stem(wanted), [])
        ending = PurePosixPath(wanted).suffix
        # The same ending first; a picture that was saved anew as WebP is still that picture.
        for _, read in sorted(near, key=lambda entry: entry[0] != ending):
            return read()
        return None


def photos_in_folder(folder: Path) -> PhotoSource:
    """
    Return the photos in a folder and the folders below it.

    :raises NoSuchFolder: if there is none.
    """
    if not folder.is_dir():
        raise NoSuchFolder(f"There is no folder {folder}.", folder=str(folder))
    root = folder.resolve()
    # A link that leads out of the folder is not one of its photos.
    files = [path for path in folder.rglob("*") if path.is_file() and path.resolve().is_relative_to(root)]
    if len(files) > MOST_FILES:
        raise NoSuchFolder(f"{folder} holds more than {MOST_FILES:,} files; give one with photos only.")
    return PhotoSource((str(path), _reader_of_file(path)) for path in files if not path.name.startswith("."))


def photos_in_zip(file: BinaryIO) -> PhotoSource:
    """
    Return the photos in a ZIP file. It has to stay open until the last one is read.

    :raises UnsafeArchive: if it is damaged, locked, too large, or names paths outside of itself.
    """
    try:
        archive = zipfile.ZipFile(file)
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise UnsafeArchive("The photos are no ZIP file, or a damaged one.") from None
    if len(entries) > MOST_FILES:
        raise UnsafeArchive(f"The ZIP holds {len(entries):,} files; {MOST_FILES:,} are the most.")
    if sum(entry.file_size for entry in entries) > LARGEST_UNPACKED_BYTES:
        raise UnsafeArchive("The ZIP unpacks to more than 4 GB.")
    for entry in entries:
        _refuse_tricks(entry)
    return PhotoSource(
        (entry.filename, _reader_of_entry(archive, entry)) for entry in entries if not _is_by_product(entry.filename)
    )


def _refuse_tricks(entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", entry.filename):
        raise UnsafeArchive(f"The ZIP names a path outside of itself: {entry.filename[:80]!r}.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnsafeArchive(f"The ZIP holds a link: {entry.filename[:80]!r}.")
    if entry.flag_bits & 0x1:
        raise UnsafeArchive("The ZIP is locked with a password.")
    # No photograph shrinks a hundredfold; a bomb does.
    if entry.file_size > 1024 * 1024 and entry.file_size > 200 * max(entry.compress_size, 1):
        raise UnsafeArchive(f"The ZIP holds something that is no photo: {entry.filename[:80]!r}.")


def _is_by_product(path: str) -> bool:
    # What macOS adds to every ZIP, under the names of the very pictures.
    return path.startswith("__MACOSX/") or PurePosixPath(path).name.startswith(".")


def _reader_of_file(path: Path) -> Callable[[], bytes]:
    def read() -> bytes:
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)

    return read


def _reader_of_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            # One byte more than a photo may have: whatever the entry says of its size, no more is unpacked.
            with archive.open(entry) as file:
                return file.read(LARGEST_BYTES + 1)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
            return b""  # and is then refused like any file that is no picture

    return read


def _folded(name: str) -> str:
    # macOS writes an accent as a letter of its own; everybody else writes one letter.
    return unicodedata.normalize("NFC", name).lower()


def _stem(folded: str) -> str:
    return _SIZE.sub("", PurePosixPath(folded).stem)
