"""``--data FILE``: an experiment on one's own table."""

import csv
import sys
from pathlib import Path

from gdexplorer.data.choice import TASKS, choose, suggested_target
from gdexplorer.data.preview import read_csv
from gdexplorer.data.source import Task
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.changes import changed
from gdexplorer.lab.complaints import Complaint, unknown
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.problems import NETWORK


def begun(experiment: Experiment, file: Path, target: str | None, inputs: str | None, task: str | None,
          decimal: str | None, catalogue: Catalogue) -> Experiment:  # fmt: skip
    """Return the experiment with the table of a file; what is remarkable about that goes to stderr.

    Parameters
    ----------
    target, inputs, task, decimal
        The column to learn, the columns to learn it from with commas between, what kind of task that is, and the
        decimal mark; suggested by the file where not given.

    Raises
    ------
    Complaint
        One sentence, if the file or a column cannot be used.
    """
    wanted: Task | None = next((known for known in TASKS if known == task), None)
    if task is not None and wanted is None:
        raise Complaint(unknown("task", task, TASKS))
    try:
        columns = None if inputs is None else next(csv.reader([inputs], skipinitialspace=True), [])
        preview = read_csv(file, decimal=decimal)
        chosen = choose(preview, target or suggested_target(preview), columns, wanted)
    except (ValueError, csv.Error) as error:
        raise Complaint(str(error)) from error
    for sentence in (*preview.warnings, *chosen.notes):
        print(sentence, file=sys.stderr)
    own = chosen.table
    print(f"Learning '{own.target}' ({own.task}) from {', '.join(own.inputs)}: {len(own):,} examples.", file=sys.stderr)
    experiment, _ = changed(experiment, "data.table", own, catalogue)
    if getattr(experiment.problem, "kind", NETWORK) != NETWORK:  # a function or a game learns no table
        experiment, _ = changed(experiment, "problem.kind", NETWORK, catalogue)
        print("A network learns it, in place of the experiment's own problem.", file=sys.stderr)
    return experiment
