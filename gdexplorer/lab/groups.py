"""The groups of settings that an experiment is made of: data, network, penalties, training."""

from typing import Annotated, Literal

from pydantic import Field, SerializeAsAny, ValidationInfo, field_validator, model_validator

from gdexplorer.data import FEATURES, OWN, Scaling
from gdexplorer.fields import Settings, knob
from gdexplorer.lab.complaints import unknown
from gdexplorer.lab.layers import ActivationKnobs, HiddenLayers, normalization, resolved
from gdexplorer.lab.tables import OwnTable
from gdexplorer.optim.plateau import margin

InitializerKnobs = Annotated[SerializeAsAny[Settings], resolved("initializers")]
ScheduleKnobs = Annotated[SerializeAsAny[Settings], resolved("schedules")]


class DataSettings(Settings):
    """What the network learns from."""

    kind: str = knob("gentle_spiral", "data set", "The examples to learn from; weights that fit stay.")
    amount: int = knob(500, "examples", "Number of examples, training and test together.", ge=4, le=100_000, log=True,
                       slider=(10, 5000), more=True)  # fmt: skip
    train_share: float = knob(0.6, "training share", "Part of the examples that is for training; the rest tests.", gt=0,
                              lt=1, slider=(0.05, 0.95), more=True)  # fmt: skip
    noise: float = knob(0.05, "noise", "How far noise moves points or labels, in the data set's own unit.", symbol="σ",
                        ge=0, le=1000, slider=(0, 0.5), more=True)  # fmt: skip
    features: tuple[str, ...] = knob(("x", "y"), "input features", "What the network sees of a point (x, y); for "
                                     "two-dimensional data.", more=True, min_length=1)  # fmt: skip
    scaling: Scaling = knob(
        "none", "scaling", "Of each input, by numbers of the training split alone: standardize is x ← (x − mean)/std, "
        "minmax x ← (x − min)/(max − min); a constant input is 0 and not divided. After features; targets are not "
        "scaled.", more=True,
    )  # fmt: skip
    table: OwnTable = None  # what the data set "own" is made of

    @field_validator("kind")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        if value != OWN:
            (info.context or {})["catalogue"].record("sources", value)
        return value

    @model_validator(mode="after")
    def _has_table(self) -> "DataSettings":
        if self.kind == OWN and self.table is None:
            raise ValueError("there are no own data yet; read a file (--data FILE) or draw points first.")
        return self

    @field_validator("features")
    @classmethod
    def _known_features(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        names = [feature.name for feature in FEATURES]
        for name in value:
            if name not in names:
                raise ValueError(unknown("feature", name, names))
        if len(set(value)) < len(value):
            raise ValueError("a feature is named twice; name each once.")
        return value


class StartSettings(Settings):
    """Parameters of one layer to start from, for an example worked by hand."""

    id: str = Field(max_length=40)
    rows: tuple[tuple[float, ...], ...] = Field(max_length=64)  # a unit each: its weights, and its bias last

    @field_validator("rows")
    @classmethod
    def _numbers(cls, value: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
        if not value or len({len(row) for row in value}) != 1 or not 2 <= len(value[0]) <= 1000:
            raise ValueError("needs a row for each unit, all of them as long: its weights, and its bias last.")
        if any(abs(number) > 1e6 for row in value for number in row):
            raise ValueError("has a number beyond ±1,000,000; choose one nearer to 0.")
        return value


class NetworkSettings(Settings):
    """The network's shape and how its weights are drawn."""

    layers: HiddenLayers = knob(
        (), "hidden layers", "Hidden layers from input to output; what fits stays, new units are drawn.", max_length=32
    )
    output: ActivationKnobs = knob(
        {"kind": "linear"}, "output activation", "Nonlinearity of the output layer; cross-entropies need it linear.",
        validate_default=True, more=True,
    )  # fmt: skip
    initializer: InitializerKnobs = knob(
        {"kind": "xavier_normal"}, "initializer", "Distribution that fresh weights are drawn from; takes effect when "
        "weights are drawn.", validate_default=True,
    )  # fmt: skip
    start: tuple[StartSettings, ...] = Field((), max_length=32)  # at update 0, in place of what is drawn
    precision: Literal["float64", "float32"] = knob(
        "float64", "precision", "Floating type of weights and gradients: float32 is faster, float64 exact to 16 "
        "digits.", more=True,
    )  # fmt: skip

    @property
    def normalization(self) -> str:
        """The norm that stands before every activation, "none" or "mixed"; a change of it changes the layers."""
        return normalization(self.layers)


class PenaltySettings(Settings):
    """What is added to the loss for large weights."""

    l1: float = knob(0.0, "L1 penalty", "λ₁ Σ|w| is added to the loss.", symbol="λ₁", ge=0, le=100, log=True,
                     slider=(1e-6, 1), more=True)  # fmt: skip
    l1_form: Literal["subgradient", "proximal"] = knob(
        "subgradient", "L1 form", "Subgradient: λ₁ sign(w), 0 at 0, in the gradient, which makes no exact zeros. "
        "Proximal: after each update w ← sign(w) max(|w| − ηλ₁, 0), which does; searches refuse it.", more=True,
    )  # fmt: skip
    l2: float = knob(0.0, "L2 penalty", "½ λ₂ Σw² is added to the loss.", symbol="λ₂", ge=0, le=100, log=True,
                     slider=(1e-6, 1), more=True)  # fmt: skip
    biases: bool = knob(False, "penalize biases", "Whether biases count in the penalties.", more=True)


class TrainingSettings(Settings):
    """How updates follow each other."""

    batch_size: int = knob(32, "batch size", "Examples averaged in one update; the whole training set or more makes "
                           "it full-batch gradient descent.", symbol="B", ge=1, le=100_000, log=True,
                           slider=(1, 1024))  # fmt: skip
    schedule: ScheduleKnobs = knob(
        {"kind": "constant"}, "schedule", "How the learning rate moves, counted from update 0 of the run; searches "
        "ignore it.", validate_default=True, more=True,
    )  # fmt: skip
    clip: Literal["none", "norm", "value"] = knob(
        "none", "clipping", "By norm: g·min(1, c/‖g‖); by value: each element to [−c, c]; before each update. Searches "
        "ignore it.", more=True,
    )  # fmt: skip
    clip_threshold: float = knob(1.0, "threshold", "Length, or size of an element, beyond which gradients are clipped.",
                                 symbol="c", gt=0, le=1e6, log=True, slider=(1e-3, 100), more=True)  # fmt: skip
    accumulate: int = knob(1, "accumulate", "Mini-batches k whose gradients add up to one update, which is k gradient "
                           "evaluations; an epoch may end among them. Searches ignore it.", symbol="k", ge=1, le=1000,
                           log=True, slider=(1, 64), more=True)  # fmt: skip
    accumulate_mean: bool = knob(True, "divide by k", "Whether the sum of the k gradients is divided by k; if not, it "
                                 "is k times as large.", more=True)  # fmt: skip
    zero_gradient: bool = knob(
        True, "zero the gradient before each step", "If not, each gradient is added to those before it, from here on, "
        "and the optimizer sees the sum; clipping shortens the sum. Searches ignore it.", more=True,
    )  # fmt: skip
    stop_after: int = knob(
        0, "stop after", "Pauses when the test loss was not lower for so many updates; 0 never. In a race the first "
        "lane's counts; of a function of x and y, its loss.", unit="updates", ge=0, le=10**9,
        slider=(0, 5000), more=True,
    )  # fmt: skip
    stop_threshold: float = margin(1e-4, "stop threshold")
