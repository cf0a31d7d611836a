"""Landscapes as a panel asks for them, and losses to compare them with, one by one in float64."""

import numpy as np

from gdexplorer.lab.errands import Inline
from gdexplorer.lab.measure import Measurer
from gdexplorer.probes.landscape import Landscape
from tests.builders import begin

NETWORK = {"optimizer": "momentum", "penalty.l2": 0.01}
LINE = {"data": {"kind": "standard_line", "amount": 40}, "loss": "half_mse", "network.layers": []}
POINT = {"problem": {"kind": "himmelblau"}, "optimizer": {"kind": "momentum", "learning_rate": 1e-3}}
RIVALS = [{"id": "a", "optimizer": "adam"}, {"id": "i", "optimizer": "sgd", "initializer": "he_normal"}]


def at_work(changes, updates=6):
    run = begin({"show.pause_at": 100 + updates} | changes)
    run.advance(updates)
    return run


def asked(measurer, runs, request):
    return measurer.measure(runs, frozenset([request])).get(request)


def settled(measurer, runs, request):
    """What is known when nothing is under way any more."""
    for _ in range(5):
        report = asked(measurer, runs, request)
    assert not measurer.busy
    return report


def report_of(run, *request, **more):
    return settled(Measurer(Inline()), run if isinstance(run, list) else [run], Landscape(*request, **more))


def loss(objective, theta):
    """L in float64."""
    exact = objective.in_precision(np.float64)
    out = np.zeros(theta.size)
    return exact.program(exact.full()).value_and_gradient(np.array(theta, float), np.zeros(0), exact.full(), out)


def looped(objective, plane, places):
    """L at coordinates, one by one."""
    return np.array([loss(objective, plane.origin + a * plane.directions[0] + b * plane.directions[1])
                     for a, b in places])  # fmt: skip
