import json

import pytest

from gdexplorer.lab.commands import (
    Change,
    KeepBest,
    MoveTo,
    Nudge,
    Reinitialize,
    SetParameter,
    Solve,
    UpdateOn,
    decode,
    encode,
)
from gdexplorer.lab.complaints import Complaint
from tests.over_rows import over_rows

COMMANDS = [
    Change("optimizer.learning_rate", 0.03),
    Change("optimizer.kind", "adam"),
    Change("network.layers", [{"id": "h1", "units": 3, "activation": {"kind": "relu"}}]),
    Change("penalty.biases", True),
    Reinitialize("network", 5),
    Reinitialize("h1", 2**32 - 1),
    Nudge(0.25, 9),
    SetParameter(17, -1e-300),
    KeepBest(),
    UpdateOn(11),
    Solve(),
    Change("rivals", [{"id": "a", "optimizer": {"kind": "adam"}}]),
]


@over_rows("command", COMMANDS, ids=repr)
def test_a_command_survives_its_codec(command):
    tensors, tables = {}, {}
    assert decode(json.loads(json.dumps(encode(command, tensors, tables))), tensors, tables) == command
    assert tensors == tables == {}


def test_a_point_goes_beside_the_json_bit_for_bit(rng):
    theta, tensors = rng.normal(size=7) * 1e-300, {}
    values = json.loads(json.dumps(encode(MoveTo(theta), tensors, {})))
    assert values == {"kind": "MoveTo", "theta": {"tensor": next(iter(tensors))}}
    back = decode(values, tensors, {})
    assert isinstance(back, MoveTo)
    assert back.theta.tobytes() == theta.tobytes()
    assert encode(MoveTo(theta.copy()), tensors, {}) == values
    assert len(tensors) == 1  # equal points are kept once
    encode(MoveTo(theta.view("f4")), tensors, {})
    assert len(tensors) == 2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "Chnge", "path": "a", "value": 1}, "command 'Chnge' is not known; did you mean 'Change'?"),
        ({}, "command 'None' is not known;"),
        ({"kind": ["Change"]}, "command "),
        ({"kind": "Change", "path": "seed"}, "A Change command needs path, value; the file is damaged."),
        ({"kind": "Restart"}, "command 'Restart' is not known;"),  # it begins a run, with a log of its own
        ({"kind": "KeepBest", "seed": 1}, "A KeepBest command needs no fields; the file is damaged."),
        ({"kind": "Solve", "theta": 1}, "A Solve command needs no fields; the file is damaged."),
        ({"kind": "MoveTo", "theta": {"tensor": "x"}}, "The tensor 'x' of a MoveTo command is missing;"),
        ({"kind": "MoveTo", "theta": {"tensor": ["x"]}}, "The tensor '['x']' of a MoveTo command is missing;"),
        ({"kind": "Change", "path": "data.table", "value": {"table": "x"}}, "The table 'x' of a Change command is"),
    ],
)
def test_what_is_damaged_is_refused(values, sentence):
    with pytest.raises(Complaint) as found:
        decode(values, {}, {})
    assert str(found.value).startswith(sentence)
