import json

import pytest

from gdexplorer.lab.commands import (
    Change,
    MoveTo,
    Nudge,
    Reinitialize,
    Restart,
    SetParameter,
    Solve,
    UpdateOn,
    decode,
    encode,
)
from gdexplorer.lab.complaints import Complaint

COMMANDS = [
    Change("optimizer.learning_rate", 0.03),
    Change("optimizer.kind", "adam"),
    Change("network.layers", [{"id": "h1", "units": 3, "activation": {"kind": "relu"}}]),
    Change("penalty.biases", True),
    Reinitialize("network", 5),
    Reinitialize("h1", 2**32 - 1),
    Nudge(0.25, 9),
    SetParameter(17, -1e-300),
    Restart(),
    UpdateOn(11),
    Solve(),
    Change("rivals", [{"id": "a", "optimizer": {"kind": "adam"}}]),
]


@pytest.mark.parametrize("command", COMMANDS, ids=repr)
def test_a_command_survives_its_codec(command):
    tensors = {}
    assert decode(json.loads(json.dumps(encode(command, tensors, "0"))), tensors) == command
    assert tensors == {}


def test_a_point_goes_beside_the_json_bit_for_bit(rng):
    theta, tensors = rng.normal(size=7) * 1e-300, {}
    values = json.loads(json.dumps(encode(MoveTo(theta), tensors, "12")))
    assert values == {"kind": "MoveTo", "theta": {"tensor": "12.theta"}}
    back = decode(values, tensors)
    assert isinstance(back, MoveTo)
    assert back.theta.tobytes() == theta.tobytes()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "Chnge", "path": "a", "value": 1}, "command 'Chnge' is not known; did you mean 'Change'?"),
        ({}, "command 'None' is not known;"),
        ({"kind": ["Change"]}, "command "),
        ({"kind": "Change", "path": "seed"}, "A Change command needs path, value; the file is damaged."),
        ({"kind": "Restart", "seed": 1}, "A Restart command needs no fields; the file is damaged."),
        ({"kind": "Solve", "theta": 1}, "A Solve command needs no fields; the file is damaged."),
        ({"kind": "MoveTo", "theta": {"tensor": "x"}}, "The array 'x' of a MoveTo command is missing;"),
    ],
)
def test_what_is_damaged_is_refused(values, sentence):
    with pytest.raises(Complaint) as found:
        decode(values, {})
    assert str(found.value).startswith(sentence)
