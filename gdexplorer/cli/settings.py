"""``--set [UPDATE:]path=value``: settings changed before the start, or while it runs."""

import re

from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.changes import as_value, changed
from gdexplorer.lab.commands import Change
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment

EXAMPLES = "such as optimizer.learning_rate=0.1, or 400:network.activation=relu for update 400"
HELP = f"Change a setting, {EXAMPLES}. May be repeated."

_SHAPE = re.compile(r"(?:(\d{1,12}):)?([^=:\s]+)=(.*)", re.DOTALL)


def parsed(texts: list[str]) -> list[tuple[int, Change]]:
    """Return the changes in the order of their updates; 0 stands for before the start.

    Raises
    ------
    Complaint
        If a text has another shape.
    """
    changes = []
    for text in texts:
        match = _SHAPE.fullmatch(text)
        if match is None:
            raise Complaint(f"--set takes [UPDATE:]path=value, {EXAMPLES}; '{text}' is neither.")
        at, path, value = match.groups()
        changes.append((int(at or 0), Change(path, as_value(value))))
    return sorted(changes, key=lambda change: change[0])


def begun(experiment: Experiment, changes: list[tuple[int, Change]], catalogue: Catalogue) -> Experiment:
    """Return the experiment with the changes that are made before the start.

    Raises
    ------
    Complaint
        If there is no such setting or a value is out of its bounds.
    """
    for at, change in changes:
        if at == 0:
            experiment, _ = changed(experiment, change.path, change.value, catalogue)
    return experiment
