"""What takes a command back: a live setting is set again, everything else is left by returning to the moment before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from gdexplorer.lab.branch import Branch
from gdexplorer.lab.changes import changed
from gdexplorer.lab.commands import Change, Command
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.frame import Undo
from gdexplorer.lab.keyframes import Moment

REPLACES = ("data", "problem")  # groups whose settings are not taken back while the run goes on, but for the noise
ACTIVATION = "network.activation"  # stands for those of all layers


@dataclass(frozen=True, slots=True)
class Before:
    """Where a run stood before a command."""

    run: int
    moment: Moment
    experiment: Experiment
    path_version: int

    @classmethod
    def of(cls, run: int, shown: Branch) -> "Before":
        """Take it down: the id of the run that goes on, and what is shown of it."""
        return cls(run, shown.moment, shown.run.state.experiment, shown.run.path_version)

    def undo(self, command: Command, label: str, after: Branch) -> Undo | None:
        """Return what takes a command back that was carried out; None where there is nothing to take back.

        A change is live where the weights went on as they were: it is taken back by another change, now. What drew,
        moved or replaced weights or data is taken back by returning.
        """
        if not label:
            return None
        live = isinstance(command, Change) and self.path_version == after.run.path_version
        back = self._change_back(command.path, after) if isinstance(command, Change) and live else None
        return Undo(label, back, self.run, self.moment)

    def _change_back(self, path: str, after: Branch) -> Change | None:
        """Return the one change that makes the experiment what it was, if there is one."""
        if path.split(".")[0] in REPLACES and path != "data.noise":
            return None
        now, catalogue = after.run.state.experiment, after.run.catalogue
        for back in self._candidates(path):
            try:
                restored, _ = changed(now, back.path, back.value, catalogue)
            except Complaint:
                continue
            if restored.model_copy(update={"show": self.experiment.show}) == self.experiment:
                return back
        return None

    def _candidates(self, path: str) -> Iterator[Change]:
        """Yield changes back, the plainest first: of the setting itself, then of all that it is a part of."""
        if path.startswith(ACTIVATION):
            for layer in self.experiment.network.layers:
                if (activation := getattr(layer, "activation", None)) is not None:
                    yield Change(ACTIVATION, activation.kind)
            yield Change("network.layers", _plain(self.experiment.network.layers))
            return
        parts = path.split(".")
        for count in range(len(parts), 0, -1):
            value: Any = self.experiment
            for part in parts[:count]:
                value = next(x for x in value if x.id == part) if isinstance(value, tuple) else getattr(value, part)
            yield Change(".".join(parts[:count]), _plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value.model_dump() if isinstance(value, BaseModel) else value
