import pytest
from pytestqt.qtbot import QtBot

from gdexplorer.panels.planechoice import AGAIN, KINDS, SHORT_NAMES, PairChoice, offered


def test_two_parameters_have_planes_of_their_own() -> None:
    assert offered(2, {"hvp"}) == ["weights", "pca", "hessian", "gradient"]
    assert offered(3, {"hvp"})[0] == "pca"
    assert set(offered(3, {"hvp"})) == {kind for kind, _ in KINDS} - {"weights"}
    assert "hessian" not in offered(3, set())
    assert set(AGAIN) == set(SHORT_NAMES) == {kind for kind, _ in KINDS}


@pytest.fixture
def choice(qtbot: QtBot) -> PairChoice:
    made = PairChoice()
    qtbot.addWidget(made)
    made.set_size(10)
    return made


def test_a_choice_is_told(qtbot: QtBot, choice: PairChoice) -> None:
    assert choice.pair == (0, 1)
    with qtbot.waitSignal(choice.changed):
        choice.boxes[1].setValue(7)
    assert choice.pair == (0, 7)
    assert [box.maximum() for box in choice.boxes] == [9, 9]


def test_the_two_are_never_the_same(qtbot: QtBot, choice: PairChoice) -> None:
    with qtbot.waitSignal(choice.changed):
        choice.boxes[0].stepUp()  # beyond 1, which is taken
    assert choice.pair == (2, 1)
    choice.boxes[1].setValue(9)
    choice.boxes[0].setValue(8)
    with qtbot.assertNotEmitted(choice.changed):
        choice.boxes[0].stepUp()  # there is nothing beyond
    assert choice.pair == (8, 9)
    assert [box.value() for box in choice.boxes] == [8, 9]


def test_fewer_parameters_bring_back_the_first_two(qtbot: QtBot, choice: PairChoice) -> None:
    choice.boxes[1].setValue(9)
    with qtbot.assertNotEmitted(choice.changed):
        choice.set_size(5)
    assert choice.pair == (0, 1)
    assert [box.value() for box in choice.boxes] == [0, 1]
