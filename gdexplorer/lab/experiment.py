"""The experiment: one frozen schema for widgets, tooltips, the command line, files and sessions."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SerializeAsAny, ValidationError, field_validator

from gdexplorer.data import Table
from gdexplorer.fields import Settings, knob
from gdexplorer.lab.bugs import BugSettings
from gdexplorer.lab.catalogue import Catalogue
from gdexplorer.lab.complaints import Complaint, explain
from gdexplorer.lab.groups import DataSettings, NetworkSettings, PenaltySettings, TrainingSettings
from gdexplorer.lab.layers import resolved

LossKnobs = Annotated[SerializeAsAny[Settings], resolved("losses")]
OptimizerKnobs = Annotated[SerializeAsAny[Settings], resolved("optimizers")]
ProblemKnobs = Annotated[SerializeAsAny[Settings], resolved("problems")]


class RivalSettings(Settings):
    """Another optimizer in a race from the same start; what is None is as in the experiment itself."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$")
    optimizer: OptimizerKnobs = knob(..., "optimizer", "How this rival turns a gradient into an update.")
    initializer: Annotated[SerializeAsAny[Settings] | None, resolved("initializers")] = knob(
        None, "initializer", "Draws this rival's own start; the same start if not given."
    )
    batch_size: int | None = knob(
        None, "batch size", "Batches of this rival's own size and order; the same if not given.", symbol="B", ge=1,
        le=100_000,
    )  # fmt: skip


MOST_RIVALS = 7


class ShowSettings(Settings):
    """How the experiment is first shown; no part of the mathematics."""

    speed: float = knob(60.0, "speed", "Updates a second; 0 runs flat out.", unit="updates/s", ge=0, le=1e6, more=True)
    pause_at: int = knob(0, "pause at", "Update at which the run pauses by itself; 0 never.", ge=0, le=10**9, more=True)
    invitation: str = knob("", "invitation", "Sentence shown at that pause.", max_length=200, more=True)
    offers: tuple[str, ...] = knob((), "offers", "Changes that the invitation offers as buttons, each PATH=VALUE, or "
                                   "'new weights'.", max_length=4, more=True)  # fmt: skip
    workspace: str = knob("", "workspace", "Arrangement of the panels in which it opens; none: as they are.",
                          max_length=40, more=True)  # fmt: skip
    order: int = knob(100, "order", "Place in the list of experiments.", ge=0, le=1000, more=True)


class Experiment(Settings):
    """Everything that a run depends on."""

    title: str = knob("Experiment", "title", "Short name.", max_length=80, more=True)
    commentary: str = knob("", "commentary", "One line on what to look for.", max_length=400, more=True)
    seed: int = knob(7, "seed", "Start of all randomness: data, initial weights, batch order.", ge=0, le=2**32 - 1,
                     live=False, more=True)  # fmt: skip
    problem: ProblemKnobs = knob(
        {"kind": "network"}, "problem", "What is descended: a network's loss on data, or a function of x and y.",
        validate_default=True,
    )  # fmt: skip
    data: DataSettings = Field(default_factory=DataSettings)
    network: NetworkSettings = Field(default={}, validate_default=True)
    loss: LossKnobs = knob(
        {"kind": "binary_cross_entropy"}, "loss", "What training minimizes, as a mean over examples.",
        validate_default=True, more=True,
    )  # fmt: skip
    penalty: PenaltySettings = Field(default_factory=PenaltySettings)
    optimizer: OptimizerKnobs = knob(
        {"kind": "sgd"}, "optimizer", "How a gradient becomes an update.", validate_default=True
    )
    training: TrainingSettings = Field(default={}, validate_default=True)
    bugs: BugSettings = Field(default_factory=BugSettings)
    rivals: tuple[RivalSettings, ...] = knob(
        (), "rivals", "Other optimizers that race from the same start, in the same order of batches.",
        max_length=MOST_RIVALS, more=True,
    )  # fmt: skip
    show: ShowSettings = Field(default_factory=ShowSettings)

    @field_validator("rivals")
    @classmethod
    def _distinct(cls, value: tuple[RivalSettings, ...]) -> tuple[RivalSettings, ...]:
        if len({rival.id for rival in value}) < len(value):
            raise ValueError("the ids of rivals must differ from each other; rename one.")
        return value

    def of_rival(self, rival: RivalSettings) -> "Experiment":
        """Return the experiment that a rival runs: this one with what the rival has of its own."""
        own: dict[str, Any] = {"rivals": (), "optimizer": rival.optimizer}
        if rival.initializer is not None:
            own["network"] = self.network.model_copy(update={"initializer": rival.initializer})
        if rival.batch_size is not None:
            own["training"] = self.training.model_copy(update={"batch_size": rival.batch_size})
        return self.model_copy(update=own)


def validated(values: Mapping[str, Any], catalogue: Catalogue, where: str = "",
              tables: Mapping[str, Table] | None = None) -> Experiment:  # fmt: skip
    """Return the experiment that plain values describe; `tables` are those that they may name by digest.

    Raises
    ------
    Complaint
        One sentence: which setting, in which file, and what is wrong with it.
    """
    try:
        return Experiment.model_validate(dict(values), context={"catalogue": catalogue, "tables": tables or {}})
    except ValidationError as error:
        raise Complaint(explain(error, where)) from error
    except UnicodeEncodeError as error:
        raise Complaint(f"{where or 'A text'} has half a character, which no file can hold; type it again.") from error
