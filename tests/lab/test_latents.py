"""Requests for maps, codes and decodings on their way through errands."""

import numpy as np

from gdexplorer.lab.commands import Change
from gdexplorer.lab.measure import Measurer
from gdexplorer.lab.session import Session
from gdexplorer.probes.latent import NO_CODES, Latent
from gdexplorer.probes.maps import NO_MAPS, Maps
from tests.builders import CATALOGUE, Manual, begin, experiment

DIGITS = {
    "problem": "autoencoder", "data": {"kind": "digits", "amount": 60}, "loss": "mse",
    "network.layers": [{"id": "h1", "units": 6, "activation": "tanh"},
                       {"id": "code", "units": 3, "activation": "linear"}],
}  # fmt: skip


def asked(measurer, run, request):
    return measurer.measure([run], frozenset({request})).get(request)


def test_codes_come_first_and_then_the_newest_point():
    run, jobs = begin(DIGITS), Manual()
    measurer = Measurer(jobs)
    assert asked(measurer, run, Latent()) is None
    jobs.finish()
    report = asked(measurer, run, Latent(point=(0.1, 0.2)))
    assert report.decoded is None
    assert measurer.busy
    for k in range(5):  # a drag: while one is decoded, others are not piled up
        asked(measurer, run, Latent(point=(0.5 + k, 0.0)))
    assert len(jobs.jobs) == 1
    jobs.finish()
    assert asked(measurer, run, Latent(point=(4.5, 0.0))).decoded.point == (0.1, 0.2)
    jobs.finish()
    found = asked(measurer, run, Latent(point=(4.5, 0.0)))
    assert found.decoded.point == (4.5, 0.0)
    assert found.codes is report.codes  # a drag encodes nothing anew
    assert not measurer.busy


def test_what_is_decoded_belongs_to_the_codes_even_if_the_run_went_on():
    run, jobs = begin(DIGITS), Manual()
    measurer = Measurer(jobs)
    asked(measurer, run, Latent())
    theta = run.state.theta.copy()
    jobs.finish()
    run.advance(5)
    asked(measurer, run, Latent())
    jobs.finish()  # codes of update 5 are under way too, in whichever order
    jobs.finish()
    report = asked(measurer, run, Latent())
    assert report.codes.step == 5
    while measurer.busy:
        jobs.finish()
        report = asked(measurer, run, Latent())
    program = run.objective.program(run.objective.full())
    expected = program.predict(run.state.theta, run.state.buffers, report.decoded.code[None], 2)[0]
    np.testing.assert_allclose(report.decoded.output, expected, rtol=1e-9)
    assert not np.array_equal(theta, run.state.theta)


def test_another_network_forgets_what_was_decoded():
    session = Session(experiment(DIGITS), CATALOGUE)
    session.measure_with(jobs := Manual())
    request = Latent()
    for _ in range(2):
        session.frame(frozenset({request}))
        jobs.finish()
    assert session.frame(frozenset({request})).lane.views[request].decoded.code.shape == (3,)
    layers = [{"kind": "dense", "id": "h1", "units": 6, "activation": {"kind": "tanh"}},
              {"kind": "dense", "id": "code", "units": 4, "activation": {"kind": "linear"}}]  # fmt: skip
    assert session.send(Change("network.layers", layers)).accepted
    session.frame(frozenset({request}))
    jobs.finish()
    report = session.frame(frozenset({request})).lane.views[request]
    assert (report.codes.width, report.decoded) == (4, None)


def test_without_codes_or_maps_it_is_said():
    run = begin()
    measurer = Measurer(Manual())
    assert asked(measurer, run, Latent()) == NO_CODES
    assert asked(measurer, run, Maps()) == NO_MAPS


def test_the_last_example_is_seen_until_the_next_is_there():
    layers = [{"kind": "convolution", "id": "c1", "filters": 2, "size": 3}]
    run, jobs = begin({"data": {"kind": "digits", "amount": 60}, "loss": "softmax_cross_entropy",
                       "network.layers": layers}), Manual()  # fmt: skip
    measurer = Measurer(jobs)
    asked(measurer, run, Maps())
    jobs.finish()
    assert asked(measurer, run, Maps(index=1)).index == 0
    jobs.finish()
    assert asked(measurer, run, Maps(index=1)).index == 1
    measurer.forget(frozenset())
    assert asked(measurer, run, Maps(index=1)) is None
