from typing import Any

import pytest

from gdexplorer.panels.curvature_words import facts_of, limit_name, reading_of, sentence_of
from gdexplorer.probes.curvature import Curvature
from tests.panels.runs import session

ASKED = Curvature()


def _of(optimizer: dict[str, Any], batch_size: int = 10_000) -> tuple[Any, Any, Any]:
    run = session("regression", 3, optimizer=optimizer, training={"batch_size": batch_size})
    lane = run.frame(frozenset({ASKED})).lane
    return lane.views[ASKED], lane.state, lane.history


@pytest.mark.parametrize(("optimizer", "name", "limit"), [
    ({"kind": "sgd", "learning_rate": 0.05}, "ηS/2", "2/η"),
    ({"kind": "momentum", "learning_rate": 0.05}, "S/threshold", "threshold"),
    ({"kind": "adam"}, "S", "threshold"),
    ({"kind": "random_search"}, "S", "threshold"),
    ({"kind": "ascent"}, "S", "threshold"),
])  # fmt: skip
def test_only_what_belongs_to_the_optimizer_is_named(optimizer: dict[str, Any], name: str, limit: str) -> None:
    report, state, history = _of(optimizer)
    reading = reading_of(report, state, history)
    assert reading.name == name
    assert limit_name(state) == limit
    assert any("2/λmax" in fact for fact in facts_of(report, state)) == (name == "ηS/2")
    if name == "S":
        assert reading.words == f"no threshold is claimed: none is known for {optimizer['kind'].replace('_', ' ')}"


def test_the_local_limit_is_a_number_beside_eta_and_no_advice() -> None:
    report, state, _ = _of({"kind": "sgd", "learning_rate": 0.05})
    first = facts_of(report, state)[0]
    assert first.startswith("local stability limit 2/λmax = ")
    said = first.split(" = ")[1].split(",")[0]
    assert float(said) == pytest.approx(2 / report.sharpness, rel=5e-3)
    assert first.endswith("η is 0.05")
    assert not any("2/λmax" in fact for fact in facts_of(*_of({"kind": "sgd", "learning_rate": 0.05}, 8)[:2]))


def test_a_scheduled_eta_is_the_one_of_the_threshold() -> None:
    schedule = {"kind": "warmup", "warmup": 4, "start": 0.0}
    run = session("regression", 3, optimizer={"kind": "sgd", "learning_rate": 0.05},
                  training={"batch_size": 10_000, "schedule": schedule})  # fmt: skip
    lane = run.frame(frozenset({ASKED})).lane
    assert facts_of(lane.views[ASKED], lane.state)[0].endswith("η is 0.0375")


def test_the_badge_has_the_verdict_and_the_sentence_its_reasons() -> None:
    report, _, _ = _of({"kind": "sgd", "learning_rate": 0.05})
    assert sentence_of(report.point).startswith("The loss falls along −g (‖g‖ = ")
    assert report.point.sentence.lower().endswith(sentence_of(report.point).lower())
