"""Small runs of every kind, and the frames they give."""

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from gdexplorer.lab.catalogue import standard
from gdexplorer.lab.experiment import validated
from gdexplorer.lab.frame import Frame
from gdexplorer.lab.session import Session
from gdexplorer.probes.context import Context
from gdexplorer.probes.gradients import Gradients, LayerGradient, measure

NEEDS: frozenset[Any] = frozenset({Gradients()})
KINDS: dict[str, dict[str, Any]] = {
    "binary": {"data": {"kind": "gentle_spiral", "amount": 60}},
    "classes": {"data": {"kind": "digits", "amount": 60}, "loss": {"kind": "softmax_cross_entropy"}},
    "regression": {"data": {"kind": "sine", "amount": 60}, "loss": {"kind": "mse"}},
    "linear": {"data": {"kind": "gentle_spiral", "amount": 60}, "network": {"layers": []}},
    "deep": {"data": {"amount": 60}, "network": {"layers": [
        {"id": f"h{k}", "units": 4, "activation": "relu"} for k in range(12)]}},
    "penalty": {"data": {"amount": 60}, "penalty": {"l2": 0.01}},
}  # fmt: skip


@lru_cache(maxsize=1)
def catalogue() -> Any:
    return standard()


def session(kind: str = "binary", steps: int = 0, **values: Any) -> Session:
    network = {"layers": [{"id": "h1", "units": 4, "activation": "tanh"}]}
    made = Session(validated({"network": network, **KINDS[kind], **values}, catalogue()), catalogue())
    made.advance(steps)
    return made


def frame(of: Session) -> Frame:
    return of.frame(NEEDS)


def gradient_of(values: list[float]) -> LayerGradient:
    """Count elements as the probe does."""
    block = SimpleNamespace(id="h", start=0, stop=len(values))
    objective = SimpleNamespace(layout=SimpleNamespace(blocks=(block,)))
    context = Context(1, objective, np.array(values), np.array(values), {}, 4)  # type: ignore[arg-type]
    return measure(Gradients(), context).layers[0]
