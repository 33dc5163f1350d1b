"""
Who owns the engines' files. PostgreSQL refuses to run as root, so root lends it another account.
"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from creatorshop.embedded.errors import EngineFailed

# The account that the PostgreSQL wheel makes for itself when it is used directly; two accounts would be one too many.
ACCOUNT = "pgserver"
_PASS = stat.S_IXOTH
_READ = stat.S_IROTH


@dataclass(frozen=True)
class Owner:
    """An account of this system; nothing at all when it is simply whoever started us."""

    uid: int
    gid: int
    is_lent: bool

    @property
    def arguments(self) -> dict[str, Any]:
        """Return what subprocess needs to run a program as this account."""
        if not self.is_lent:
            return {}
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/", "LC_ALL": "C"}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "env": environment}


def owner_of_engines() -> Owner:
    """
    Return the account under which PostgreSQL runs; as root, one that is made at the first time.

    :raises EngineFailed: if root can make no account.
    """
    if os.geteuid() != 0:
        return Owner(uid=os.geteuid(), gid=os.getegid(), is_lent=False)
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if program is None:
            raise EngineFailed(
                "PostgreSQL does not run as root, and there is no useradd to make another account with. "
                f"Make one called {ACCOUNT}, run the shop as an ordinary user, or set DATABASE_URL."
            ) from None
        made = subprocess.run([program, "--system", ACCOUNT], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise EngineFailed(f"The account {ACCOUNT} for PostgreSQL could not be made: {made.stderr}") from None
        entry = pwd.getpwnam(ACCOUNT)
    return Owner(uid=entry.pw_uid, gid=entry.pw_gid, is_lent=True)


def make_folder(path: Path, owner: Owner) -> None:
    """
    Make a folder that belongs to this account alone.

    :raises EngineFailed: if it exists and belongs to somebody else: the sockets inside are the only lock on the data.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if owner.is_lent and path.lstat().st_uid == 0:
        os.chown(path, owner.uid, owner.gid)
    if path.is_symlink() or path.lstat().st_uid != owner.uid:
        raise EngineFailed(f"{path} belongs to somebody else. Remove it, or run the shop as its owner.")


def let_pass(owner: Owner, programs: Path, *folders: Path) -> None:
    """
    Let a lent account walk to these folders and read the programs; an ordinary user can do both already.

    Folders above are opened for passing only, never for reading, and only where they were closed.
    """
    if not owner.is_lent:
        return
    for folder in (programs, *folders):
        for above in (folder, *folder.resolve().parents):
            if above.stat().st_uid != owner.uid:
                _open(above, _PASS)
    if not (programs / "postgres").stat().st_mode & _PASS:  # Installed under a tight umask.
        for path in (programs.parent, *programs.parent.rglob("*")):
            _open(path, _READ | (_PASS if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0))


def _open(path: Path, wanted: int) -> None:
    mode = path.stat().st_mode
    if mode & wanted != wanted:
        path.chmod(stat.S_IMODE(mode) | wanted)
