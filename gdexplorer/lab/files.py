"""Writing a file whole or not at all."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from gdexplorer.lab.complaints import Complaint

_UMASK = os.umask(0o077)
os.umask(_UMASK)


def write(path: Path, content: bytes, secret: bool = False) -> None:
    """Put a file there whole or not at all: the old one stays until the new one is safe.

    Parameters
    ----------
    secret
        Whether nobody but this user may read it.

    Raises
    ------
    Complaint
        If the disk or the folder refuses.
    """
    target, temporary = Path(os.path.realpath(path)), ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if not secret:
            grant(temporary, target)
        os.replace(temporary, target)
        temporary = ""
    except OSError as error:
        raise Complaint(f"'{path}' could not be saved: {error.strerror or error}; save somewhere else.") from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)


def grant(temporary: str, target: Path) -> None:
    """Give a temporary file, which is secret, the rights of the file that it replaces, or those of any new one."""
    with suppress(OSError):  # of a file system that has none
        os.chmod(temporary, os.stat(target).st_mode & 0o777 if target.exists() else 0o666 & ~_UMASK)


def private(folder: Path) -> None:
    """Make a folder, and the one that it is in, for nobody but this user."""
    for path in (folder.parent, folder):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chmod(path, 0o700)
