"""Every experiment that ships, up to its pause: what is wrong on purpose is said, and of the others nothing is."""

import pytest

from gdexplorer.lab import experiments
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE
from tests.lab.told import ALARMS, told

LOOKS = 6
# the rules that must be said on the way; those in the second table are no alarms
BAD = {
    "constant": "symmetric", "dead": "dead", "exploding": "exploding", "exploding-rnn": "non-finite",
    "gan-collapse": "modes missing", "momentum": "saturated", "plateau": "no progress", "too-fast": "non-finite",
    "unstable": "saturated", "vanishing": "vanishing", "zero-grad": "never zeroed", "zeros": "symmetric",
}  # fmt: skip
NOTED = {"few-examples": "apart", "noise-floor": "one example", "parity-rnn": "apart"}
DEAR = {"adding-gru", "autoencoder-conv", "delayed-sum-rnn", "digits-cnn", "edge", "fashion-cnn", "gan-collapse",
        "gan-ring", "moons-race", "parity-rnn", "scenes-cnn", "sine-gru"}  # fmt: skip
SHORT = {"fashion-cnn": 100, "scenes-cnn": 100}  # updates, for those that take minutes


def walked(name: str) -> list[tuple[str, str]]:
    """Return rule and mood at the start and at moments up to the pause."""
    opened = experiments.load(name, CATALOGUE)
    session = Session(opened.model_copy(update={"rivals": ()}), CATALOGUE)
    said = [told(session)]
    for _ in range(LOOKS):
        said.append(told(session, max(SHORT.get(name, opened.show.pause_at or 400) // LOOKS, 1)))
    return [(one.rule, one.mood) for one in said]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long if name in DEAR else ()) for name in experiments.names()]
)
def test_what_is_said_of_it(name):
    said = walked(name)
    alarms = {rule for rule, mood in said if mood in ALARMS}
    if name in BAD:
        assert BAD[name] in alarms
        assert said[-1][1] in ALARMS
    else:
        assert not alarms
    if name in NOTED:
        assert said[-1][0] == NOTED[name]


def test_the_tables_name_what_there_is():
    assert set(BAD) | set(NOTED) | DEAR <= set(experiments.names())
