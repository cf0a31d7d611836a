"""A session as one file: safetensors whose metadata is JSON.

The file holds every run: the experiment it began with and the present one, the log of commands, and of each lane θ, the
optimizer's slots, the streams of randomness and the history; beside them some keyframes and the tables that are one's
own. No pickle, and no path inside a file is followed.
"""

import json
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from safetensors.numpy import save as serialized

from gdexplorer.lab import tables
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint, explain
from gdexplorer.lab.files import write as write
from gdexplorer.lab.records import VERSION, SessionRecord
from gdexplorer.lab.session import Session
from gdexplorer.lab.stored_lanes import digest as digest
from gdexplorer.lab.stored_runs import Reader, Writer
from gdexplorer.lab.strict import FILE_BYTES, HEADER_BYTES, Tensors, bounded, opened, parsed

SUFFIX = ".gdx"
KEY = "gdexplorer"


def packed(session: Session) -> bytes:
    """Return a session as the bytes of its file: its present, also while the past is shown.

    Raises
    ------
    Complaint
        If there is more of it than a file may hold.
    """
    writer, active = Writer(), session.active
    runs, keyframes = writer.runs(session.branches)
    record = session.opaque | {
        "version": VERSION,
        "title": active.run.state.experiment.title,
        "step": active.step,
        "active": active.id,
        "runs": runs,
        "keyframes": keyframes,
        "experiments": writer.experiments,
        "tables": tables.packed(writer.tables, writer.tensors),
    }
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    content = serialized({name: np.ascontiguousarray(array) for name, array in writer.tensors.items()}, {KEY: text})
    if int.from_bytes(content[:8], "little") > HEADER_BYTES or not bounded(text):
        changes = sum(len(branch.log) for branch in session.branches)
        raise Complaint(f"The session has too many changes ({changes:,}) for one file; restart the run and remove the "
                        "ones before, then save.")  # fmt: skip
    if len(content) > FILE_BYTES:
        raise Complaint(f"The session is larger than a file may be, {FILE_BYTES // 2**20:,} MiB; remove runs that were "
                        "left, then save.")  # fmt: skip
    return content


def _plain(value: Any) -> Any:
    """Return NumPy's numbers and settings inside a command as JSON values."""
    return value.item() if isinstance(value, np.generic) else value.model_dump(mode="json")


def save(session: Session, path: Path) -> None:
    """Save a session between two updates.

    Raises
    ------
    Complaint
        See `packed` and `write`.
    """
    write(path, packed(session))


def load(path: Path, catalogue: Catalogue, executor: Executor | None = None) -> Session:
    """Return the session of a file, which goes on bit for bit as it would have.

    Raises
    ------
    Complaint
        If the file is missing, damaged, hostile, of a newer version, or too large for this machine.
    """
    with opened(path) as tensors:
        try:
            record = _record(tensors, path.name)
            own = tables.unpacked(record.tables, tensors)
            branches = Reader(record, tensors, own, catalogue, path.name).runs()
            ids = [branch.id for branch in branches]
            if len(set(ids)) < len(ids) or record.active not in ids:
                raise Complaint("The runs have no ids of their own, or none goes on; the file is damaged.")
            session = Session.of(branches, branches[ids.index(record.active)], catalogue, executor)
            session.opaque = record.opaque
        except Complaint:
            raise
        except (ValueError, TypeError, ArithmeticError, LookupError) as error:
            raise Complaint(f"'{path.name}' is damaged: {str(error).rstrip('.')}.") from error
    return session


def _record(tensors: Tensors, name: str) -> SessionRecord:
    if KEY not in tensors.metadata:
        raise Complaint(f"'{name}' is no session of gdexplorer; choose another file.")
    values = parsed(tensors.metadata[KEY])
    version = values.get("version") if isinstance(values, Mapping) else None
    if isinstance(version, int) and version > VERSION:
        raise Complaint(f"'{name}' was saved by a newer gdexplorer (format {version}); update the program to open it.")
    try:
        return SessionRecord.model_validate(values)
    except ValidationError as error:
        raise Complaint(explain(error, name)) from error
