import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.app.readouts import READOUTS, Readout
from gdexplorer.lab.session import Session
from gdexplorer.panels.ticks import number
from tests.builders import CATALOGUE, experiment


def session_of(**changes: object) -> Session:
    made = Session(experiment({path.replace("__", "."): value for path, value in changes.items()}), CATALOGUE)
    made.advance(50)
    return made


@pytest.mark.parametrize("path", READOUTS)
def test_nothing_is_said_where_there_is_nothing_to_say(path: str, qtbot: QtBot) -> None:
    readout = Readout(path)
    qtbot.addWidget(readout)
    readout.show_state(session_of().frame().lane.state)
    assert readout.isHidden()
    assert readout.text() == ""


def test_weights_that_are_exactly_zero_are_counted(qtbot: QtBot) -> None:
    readout, session = Readout("penalty.l1_form"), session_of(penalty={"l1": 5.0, "l1_form": "proximal"})
    qtbot.addWidget(readout)
    readout.show_state(session.frame().lane.state)
    assert not readout.isHidden()
    assert readout.text() == "34 of 34 weights are exactly 0."


def test_the_buffer_stands_beside_the_fresh_gradient(qtbot: QtBot) -> None:
    readout, session = Readout("training.zero_gradient"), session_of(training__zero_gradient=False)
    qtbot.addWidget(readout)
    readout.show_state(state := session.frame().lane.state)
    assert state.buffer is not None
    fresh, whole = state.buffer
    assert readout.text() == f"Norm of the sum {number(whole)}, of the latest gradient alone {number(fresh)}."
