"""What is written down of a run is what it did."""

from typing import Any

import numpy as np
import pytest

from gdexplorer.lab.commands import Change, Nudge, Reinitialize, Restart
from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.history import joined
from gdexplorer.lab.retrace import Leg, retrace
from gdexplorer.lab.session import Session
from tests.builders import CATALOGUE, experiment


def session(**changes: Any) -> Session:
    return Session(experiment({path.replace("__", "."): value for path, value in changes.items()}), CATALOGUE)


def leg_of(run: Session, most: int = 10_000) -> Leg:
    return retrace(run.start, run.log, run.updates, CATALOGUE, most)


def test_losses_rates_and_batches_are_those_of_the_run() -> None:
    run = session(training__schedule={"kind": "step", "every": 4})
    run.advance(9)
    leg = leg_of(run)
    assert leg.losses == joined(run.run.recorder.batch.parts())[:, 1].tolist()
    rate = run.start.optimizer.learning_rate  # type: ignore[attr-defined]
    assert leg.rates == [rate * 0.5 ** (k // 4) for k in range(9)]
    assert [len(rows) for rows in leg.order] == [7, 7, 7, 3, 7, 7, 7, 3, 7]
    assert all(sorted(np.concatenate(leg.order[k : k + 4])) == list(range(24)) for k in (0, 4))
    assert (leg.made, leg.after, leg.fresh, leg.masks) == (9, "", True, [])


def test_changes_of_rate_and_batch_size_belong_to_one_leg() -> None:
    run = session()
    run.advance(3)
    run.send(Change("optimizer.learning_rate", 0.01))
    run.advance(2)
    run.send(Change("training.batch_size", 5))
    run.advance(2)
    leg = leg_of(run)
    assert [len(rows) for rows in leg.order[5:]] == [5, 5]
    assert leg.rates[3:] == [0.01] * 4
    assert leg.losses == joined(run.run.recorder.batch.parts())[:, 1].tolist()


@pytest.mark.parametrize(
    "command", [Change("network.activation", "relu"), Nudge(0.1, 3), Reinitialize("network", 3),
                Change("optimizer.kind", "adam")], ids=str,
)  # fmt: skip
def test_anything_else_begins_another_leg_at_the_weights_of_then(command: Any) -> None:
    run = session()
    run.advance(6)
    reply = run.send(command)
    theta = run.run.state.theta.copy()
    run.advance(4)
    leg = leg_of(run)
    assert leg.after == reply.text
    assert (leg.state.step, leg.made, leg.fresh) == (6, 4, True)
    assert np.array_equal(leg.state.theta, theta)


def test_a_restart_begins_at_update_0() -> None:
    run = session(optimizer={"kind": "momentum"})
    run.advance(6)
    run.send(Change("network.activation", "relu"))
    run.send(Restart())
    run.advance(2)
    leg = leg_of(run)
    assert (leg.state.step, leg.after, leg.made, leg.fresh) == (0, "", 2, True)


def test_an_optimizer_with_a_memory_is_not_fresh_in_mid_run() -> None:
    run = session(optimizer={"kind": "adam"})
    run.advance(6)
    run.send(Change("network.activation", "relu"))
    run.advance(2)
    assert not leg_of(run).fresh


def test_only_so_many_are_written_down_but_all_are_counted() -> None:
    run = session()
    run.advance(20)
    leg = leg_of(run, 5)
    assert (len(leg.losses), leg.made) == (5, 20)


def test_masks_are_those_that_the_run_drew() -> None:
    layers = [{"id": "h1", "units": 6, "activation": "tanh"}, {"kind": "dropout", "id": "d", "rate": 0.5}]
    run = session(network__layers=layers)
    run.advance(5)
    leg = leg_of(run)
    assert [mask.shape for mask in leg.masks] == [(6, len(rows)) for rows in leg.order]
    assert 0.2 < np.concatenate([mask.ravel() for mask in leg.masks]).mean() < 0.8


def test_a_diverged_run_ends_with_its_last_update() -> None:
    run = session(optimizer={"kind": "sgd", "learning_rate": 1e6}, loss={"kind": "mse"})
    run.advance(500)
    assert run.over
    leg = leg_of(run)
    assert leg.made == len(leg.losses) == run.run.state.step


def test_functions_and_cancelling_are_refused_in_words() -> None:
    point = session(problem={"kind": "himmelblau"})
    with pytest.raises(Complaint, match="network that learns from examples"):
        leg_of(point)
    run = session()
    run.advance(5)
    with pytest.raises(Complaint, match="Cancelled"):
        retrace(run.start, run.log, run.updates, CATALOGUE, 5, stop=lambda: True)
