"""What becomes of a file of one's own between the disk and the experiment; no widget, and fit for any thread."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gdexplorer.data import Table, Task
from gdexplorer.data.choice import Chosen, choose, suggested_inputs, suggested_target, suggested_task
from gdexplorer.data.columns import Column
from gdexplorer.data.preview import Preview, read_csv
from gdexplorer.lab import build
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.changes import changed
from gdexplorer.lab.commands import Change
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.problems import NETWORK

FILES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True, slots=True)
class Marks:
    """How to read a file, where somebody said so; None is found out."""

    delimiter: str | None = None
    decimal: str | None = None
    header: bool | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """A file that was read, with what is in each column in words and which one is to be learned at first."""

    preview: Preview
    captions: tuple[str, ...]
    target: str


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What is to be learned from what, and the table of it or the sentence that says why there is none."""

    target: str
    inputs: tuple[str, ...]
    task: Task
    chosen: Chosen | None
    refusal: str


def read(path: Path, marks: Marks, tell: Callable[[float], None], stop: Callable[[], bool]) -> Contents:
    """Read a file.

    Raises
    ------
    ValueError
        One sentence: it cannot be read so.
    Stopped
        If `stop` said so.
    """
    preview = read_csv(path, delimiter=marks.delimiter, decimal=marks.decimal, header=marks.header, tell=tell,
                       stop=stop)  # fmt: skip
    return Contents(preview, tuple(map(_caption, preview.columns)), suggested_target(preview))


def _caption(column: Column) -> str:
    words = "numbers" if column.numbers is not None else "text"
    if column.constant:
        words = "all the same"
    elif column.codes is not None and column.labels:
        words += f", {len(column.labels)} different"
    missing = column.blanks + column.wrong
    return words + (f", {missing:,} missing" if missing else "")


def plan(preview: Preview, target: str, inputs: tuple[str, ...] | None, task: Task | None,
         check: Callable[[Table], None]) -> Plan:  # fmt: skip
    """Return the table of a choice; inputs and task are suggested where they are None.

    Parameters
    ----------
    check
        Raises ValueError, with a sentence, for a table that the present experiment cannot learn.
    """
    column = next(column for column in preview.columns if column.name == target)
    wanted = suggested_inputs(preview, target) if inputs is None else inputs
    task = task or suggested_task(column)
    chosen, refusal = None, ""
    if inputs == ():
        refusal = "No column is an input; tick at least one in the table."
    else:
        try:
            chosen = choose(preview, target, inputs, task)
            check(chosen.table)
        except ValueError as error:
            chosen, refusal = None, str(error)
    return Plan(target, wanted, task, chosen, refusal)


def commands(experiment: Experiment, table: Table) -> list[Change]:
    """Return what brings a table into an experiment: where it has no network that learns data, it gets one."""
    kind = getattr(experiment.problem, "kind", NETWORK)
    return [Change("data.table", table), *([Change("problem.kind", NETWORK)] if kind != NETWORK else [])]


def check(experiment: Experiment, catalogue: Catalogue, table: Table) -> None:
    """Refuse a table that an experiment cannot learn.

    Raises
    ------
    Complaint
        One sentence.
    """
    for command in commands(experiment, table):
        experiment, _ = changed(experiment, command.path, command.value, catalogue)
    build.objective(experiment, catalogue)
