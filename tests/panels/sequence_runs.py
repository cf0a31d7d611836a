"""Small runs on sequences, and what is measured of them."""

from functools import lru_cache
from typing import Any

from gdexplorer.lab.session import Session
from gdexplorer.probes.sequences import Sequences, SequencesReport
from tests.panels.runs import session

RNN: dict[str, Any] = {"id": "r1", "kind": "rnn", "units": 4}
GRU: dict[str, Any] = {"id": "r2", "kind": "gru", "units": 3}
CLASSES = {"kind": "binary_cross_entropy"}


def sequence(data: str = "delayed_sum", steps: int = 2, *layers: dict[str, Any], **more: Any) -> Session:
    """A run on 24 training and 16 test examples, of a small RNN if no layers are given."""
    loss = CLASSES if data == "parity" else {"kind": "mse"}
    values = {"data": {"kind": data, "amount": 40}, "loss": loss, "network": {"layers": list(layers or (RNN,))}}
    return session("regression", steps, **(values | more))


@lru_cache(maxsize=16)
def report_of(data: str, index: int = 0) -> SequencesReport:
    """What is measured of a test example."""
    request = Sequences("test", index)
    made: SequencesReport = sequence(data).frame(frozenset({request})).lane.views[request]
    return made
