"""The network view in the window: a weight is edited by the keyboard, seen as a curve, and done again in a replay."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gdexplorer.lab.commands import Change, SetParameter
from gdexplorer.lab.replay import replay
from gdexplorer.panels.netlayout import ends
from gdexplorer.panels.network import NetworkPanel
from gdexplorer.panels.oneweight import OneWeightPanel
from gdexplorer.probes.oneweight import Weight
from gdexplorer.probes.units import Units
from tests.app.driver import Driver
from tests.builders import CATALOGUE, digest


def panels(driver: Driver) -> tuple[NetworkPanel, OneWeightPanel]:
    network, weight = driver.panel("network"), driver.panel("oneweight")
    assert isinstance(network, NetworkPanel)
    assert isinstance(weight, OneWeightPanel)
    return network, weight


def opened(driver: Driver) -> tuple[NetworkPanel, OneWeightPanel]:
    driver.window.host.show_workspace("Network")
    driver.open(playing=False)
    network, weight = panels(driver)
    driver.wait(lambda: network._report is not None and weight._report is not None)
    driver.settle()
    return network, weight


def test_a_weight_is_edited_by_the_keyboard_and_the_session_can_be_done_again(driver: Driver) -> None:
    network, weight = opened(driver)
    driver.ask(lambda session: session.advance(5))
    driver.settle()
    applied = driver.watch()
    driver.focus(network.diagram)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right):  # to h1 unit 3, and on to h2 unit 2
        QTest.keyClick(network.diagram, key)
    driver.focus(network.view.table)
    QTest.keyClick(network.view.table, Qt.Key.Key_Down)
    driver.settle()
    assert network._weight == weight._weight == Weight("h2", network._unit[1], 1)
    field = network.view.field
    driver.focus(field)
    field.selectAll()
    QTest.keyClicks(field, "0.375")
    QTest.keyClick(field, Qt.Key.Key_Return)
    driver.wait(lambda: applied)
    (done,) = applied
    index = network._weight.index(done.before.layout)
    assert done.command == SetParameter(index, 0.375)
    assert done.reply.accepted
    expected = done.before.theta.copy()
    expected[index] = 0.375
    assert done.after.theta.tobytes() == expected.tobytes()
    driver.settle()
    driver.marked(done.reply.text)
    assert field.text() == weight.field.text() == "0.375"
    driver.ask(lambda session: session.advance(7))
    pair = driver.ask(lambda session: (digest(replay(session, CATALOGUE).run.state), digest(session.run.state)))
    assert pair[0] == pair[1]


def test_a_click_on_an_edge_opens_the_panel_of_one_weight(driver: Driver) -> None:
    network, weight = opened(driver)
    dock = next(dock for dock in driver.window.docks if dock.panel is weight)
    dock.hide()
    assert network.diagram.at is not None
    edge = max(network.diagram.edges, key=lambda edge: (edge.column == 1, edge.strength))
    start, end = ends(edge, network.diagram.at)
    QTest.mouseClick(network.diagram, Qt.MouseButton.LeftButton, pos=(start + 0.4 * (end - start)).toPoint())
    driver.wait(lambda: dock.isVisible())
    driver.settle()
    assert weight._report is not None
    assert weight._report.present == Weight("h1", edge.unit, edge.source)
    weight.row.setCurrentIndex(4)
    weight.row.activated.emit(4)
    driver.settle()
    assert network._unit == (1, 4)


def test_a_unit_is_added_in_mid_run_and_what_is_hidden_is_not_measured(driver: Driver) -> None:
    network, _ = opened(driver)
    applied = driver.watch()
    driver.conductor.play(True)
    driver.train(5)
    QTest.mouseClick(network.counts.buttons["h1", 1], Qt.MouseButton.LeftButton)
    driver.wait(lambda: applied)
    assert applied[0].command == Change("network.layers.h1.units", 6)
    assert (applied[0].after.block("h1")[:5] == applied[0].before.block("h1")).all()
    driver.wait(lambda: network._report is not None and network._report.columns[1].units == 6)
    driver.window.host.show_workspace("Explore")
    driver.rest()
    assert not any(isinstance(view, Units) for view in driver.frame.lane.views)
