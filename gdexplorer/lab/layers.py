"""What the settings of hidden layers have in common, and what can be said of a list of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationInfo

from gdexplorer.fields import Settings
from gdexplorer.nn.layers.layer import Layer


class Records(Protocol):
    """What a catalogue is to the settings of layers."""

    def settings(self, table: str, value: object) -> Settings:
        """Return the knobs that a name or a table of values stands for."""
        ...

    def record(self, table: str, name: object) -> Any:
        """Return the record of a name."""
        ...


def resolved(table: str) -> BeforeValidator:
    """Resolve names in the catalogue that validation was given."""

    def resolve(value: object, info: ValidationInfo) -> object:
        catalogue: Records = (info.context or {})["catalogue"]
        if table == "layers" and isinstance(value, dict):
            value = {"kind": DENSE} | value
        return None if value is None else catalogue.settings(table, value)

    return BeforeValidator(resolve)


ActivationKnobs = Annotated[SerializeAsAny[Settings], resolved("activations")]


class LayerSettings(Settings):
    """A hidden layer; its id stays when others come and go."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$")

    @property
    def short(self) -> str:
        """What a list of layers calls it: the units of a dense layer, the kind of any other and its first number."""
        values = self.model_dump()
        kind = values.pop("kind")
        numbers = [str(value) for value in values.values() if isinstance(value, int | float)]
        return " ".join([kind.replace("_", " ")] * (kind != "dense") + numbers[:1])


DENSE = "dense"
NORMS = ("batch_norm", "layer_norm")
NORMABLE = ("dense", "convolution")  # the layers between which and whose activation a norm is put


def bearing(layers: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Return the layers, as values, whose activation shapes the network: all that have one but those before a norm."""
    kinds = [layer["kind"] for layer in layers[1:]] + [""]
    return [layer for layer, behind in zip(layers, kinds, strict=False)
            if "activation" in layer and behind not in NORMS]  # fmt: skip


def activations(layers: Sequence[LayerSettings]) -> list[Any]:
    """Return the activations that shape the network."""
    return [layer["activation"] for layer in bearing([dict(layer) for layer in layers])]


def normalization(layers: Sequence[LayerSettings]) -> str:
    """Return the norm that every layer has that can, "none" if none has, else "mixed"."""
    kinds = [getattr(layer, "kind", "") for layer in layers]
    found = {next if next in NORMS else "none"
             for kind, next in zip(kinds, [*kinds[1:], ""], strict=False) if kind in NORMABLE}  # fmt: skip
    return found.pop() if len(found) == 1 else "mixed" if found else "none"


def normalized(layers: Sequence[Mapping[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Return layers, as values, with a norm between each dense or convolutional one and its activation, or with none.

    The norm of layer h1 is called h1_norm; what was there before is taken out.
    """
    result: list[dict[str, Any]] = []
    for layer in layers:
        if layer["kind"] in NORMS and result and result[-1]["kind"] in NORMABLE:
            result[-1]["activation"] = layer["activation"]
        else:
            result.append(dict(layer))
    if kind == "none":
        return result
    found: list[dict[str, Any]] = []
    for layer in result:
        found.append(layer)
        if layer["kind"] in NORMABLE:
            norm = {"kind": kind, "id": f"{layer['id'][:27]}_norm", "activation": layer["activation"]}
            layer["activation"] = {"kind": "linear"}
            found.append(norm)
    return found


def _distinct(layers: tuple[LayerSettings, ...]) -> tuple[LayerSettings, ...]:
    ids = [layer.id for layer in layers]
    if len(set(ids)) < len(ids) or "output" in ids:
        raise ValueError("layer ids must differ from each other and from 'output'; rename one.")
    return layers


AnyLayer = Annotated[SerializeAsAny[LayerSettings], resolved("layers")]
HiddenLayers = Annotated[tuple[AnyLayer, ...], AfterValidator(_distinct)]


@dataclass(frozen=True, slots=True)
class LayerKind:
    """One kind of hidden layer; `make` is given its settings.

    A kind is `shaped` if it needs images or sequences, and `weighs` if it has parameters of its own.
    """

    name: str
    label: str
    help: str
    Knobs: type[LayerSettings]
    make: Callable[[Any, Records], Layer]
    shaped: bool = False
    weighs: bool = True


def activation(settings: Any, catalogue: Records) -> dict[str, Any]:
    """Return the activation of a layer's settings, and its knobs."""
    knobs = settings.activation
    return {"activation": catalogue.record("activations", knobs.kind), "knobs": knobs}
