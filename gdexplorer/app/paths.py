"""The settings that stand under "More", and where in the experiment a path leads."""

from collections.abc import Iterator, Set
from typing import Any, Literal

from gdexplorer.fields import Description, Settings, describe
from gdexplorer.lab.bugs import BugSettings
from gdexplorer.lab.experiment import Experiment, ShowSettings
from gdexplorer.lab.groups import DataSettings, NetworkSettings, PenaltySettings, TrainingSettings

# no setting of its own: what it does to the layers is
NORMALIZATION = Description(
    "normalization", "normalization", "Puts a norm between every dense or convolutional layer and its activation, "
    "called like the layer with _norm behind, or takes all of these out; weights are kept.", "", "", False, None, True,
    True, None, None, Literal["none", "batch_norm", "layer_norm"], "none",
)  # fmt: skip
BUGS = tuple(f"bugs.{description.name}" for description in describe(BugSettings))
MORE = (
    ("Data", ("data.amount", "data.train_share", "data.noise", "data.features", "data.scaling")),
    ("Loss and penalties", ("loss", "penalty.l1", "penalty.l1_form", "penalty.l2", "penalty.biases")),
    ("Training", ("training.schedule", "training.clip", "training.clip_threshold", "training.accumulate",
                  "training.accumulate_mean", "training.zero_gradient", "training.stop_after",
                  "training.stop_threshold")),
    ("Network", ("network.normalization", "network.output", "network.precision")),
    ("Run", ("seed", "show.pause_at")),
    ("Bug lab", BUGS),
)  # fmt: skip
NOT_OF_NETWORK = ("Training", "Run", "Bug lab")  # sections that a function of x and y has a use for
OF_NETWORK = ("data.", "network.", "loss", "penalty.", "training.batch_size", "bugs.omitted_slope", "bugs.no_shuffling")

OF_GAME = ("network.layers", "network.activation", "network.initializer", "network.precision", "training.batch_size",
           "bugs.omitted_slope")  # fmt: skip  # of these, what two networks of a game have too


def fits(path: str, can: Set[str]) -> bool:
    """Whether an objective has a use for a setting."""
    return "examples" in can or not path.startswith(OF_NETWORK) or ("layers" in can and path.startswith(OF_GAME))


def subject(experiment: Experiment) -> object:
    """Return what an experiment's commentary is about; of another problem or other data it would not be true."""
    return getattr(experiment.problem, "kind", ""), experiment.data.kind, experiment.data.table


def value_at(experiment: Experiment, path: str) -> Any:
    """Return a setting's value."""
    value: Any = experiment
    for part in path.split("."):
        value = getattr(value, part)
    return value


def named(path: str) -> Description:
    """Return a setting's description."""
    return dict(_descriptions())[path]


def _descriptions() -> Iterator[tuple[str, Description]]:
    groups: dict[str, type[Settings]] = {
        "": Experiment,
        "data.": DataSettings,
        "network.": NetworkSettings,
        "penalty.": PenaltySettings,
        "training.": TrainingSettings,
        "bugs.": BugSettings,
        "show.": ShowSettings,
    }
    for prefix, model in groups.items():
        for description in describe(model):
            yield prefix + description.name, description
    yield "network.normalization", NORMALIZATION
