"""Rules over the layers: δ that vanishes or explodes, units that are dead, saturated or alike."""

from collections.abc import Callable
from math import log

from gdexplorer.lab.commands import NETWORK, Change, Command, Reinitialize
from gdexplorer.lab.layers import activations
from gdexplorer.lab.rule import Facts, Rule, tenth
from gdexplorer.lab.sentences import Mend, number
from gdexplorer.probes.profile import FAR, STEEP, STRAIGHT
from gdexplorer.probes.vitals import LayerVitals

FEWEST = 2  # units of one layer that are dead, saturated or alike
RECTIFIERS = frozenset({"relu", "leaky_relu", "elu", "gelu", "silu"})
RECTIFIED = Change("network.activation", "relu")


def _slope(facts: Facts, sign: int) -> float | None:
    """Return how steep, long and straight the profile of δ is, the least of the three: 1 where it gets its name."""
    if facts.vitals is None or (line := facts.vitals.profile) is None or line.factor <= 0:
        return None
    layers = line.rows[-1] - line.rows[0]
    steep = sign * log(line.factor)
    return min(steep / log(STEEP), steep * layers / log(FAR), line.r2 / STRAIGHT)


def _vanishing(facts: Facts) -> float | None:
    return _slope(facts, -1)


def _exploding(facts: Facts) -> float | None:
    return _slope(facts, 1)


def _say_profile(verb: str, name: str) -> Callable[[Facts], str]:
    def say(facts: Facts) -> str:
        assert facts.vitals is not None
        line, layers = facts.vitals.profile, facts.vitals.layers
        assert line is not None
        first, last = layers[line.rows[0]], layers[line.rows[-1]]
        return (f"{name}: δ {verb} by a factor of {number(line.factor)} with each layer back, from "
                f"{number(last.delta)} in {last.id} to {number(first.delta)} in {first.id} (R² {line.r2:.3f}"
                f"{_when(facts)}).")  # fmt: skip

    return say


def _when(facts: Facts) -> str:
    assert facts.vitals is not None
    return "" if facts.vitals.step == facts.run.state.step else f", at update {facts.vitals.step:,}"


def _worst(facts: Facts, count: Callable[[LayerVitals], int]) -> LayerVitals | None:
    """Return the layer with the largest share of such units, if there are some."""
    layers = [layer for layer in facts.vitals.layers if count(layer) >= FEWEST] if facts.vitals else []
    return max(layers, key=lambda layer: count(layer) / layer.units, default=None)


def _share(count: Callable[[LayerVitals], int]) -> Callable[[Facts], float | None]:
    def measure(facts: Facts) -> float | None:
        layer = _worst(facts, count)
        return None if layer is None else count(layer) / layer.units

    return measure


def _dead(layer: LayerVitals) -> int:
    return layer.dead


def _saturated(layer: LayerVitals) -> int:
    return layer.saturated


def _twins(layer: LayerVitals) -> int:
    return layer.twins


def _of(layer: LayerVitals, count: int) -> str:
    return f"{count} of {layer.units} units in {layer.id} ({100 * count / layer.units:.3g} %)"


def _say_dead(facts: Facts) -> str:
    layer = _worst(facts, _dead)
    assert layer is not None
    assert facts.vitals is not None
    return (f"Dead units: {_of(layer, layer.dead)} are 0 on each of the {facts.vitals.examples:,} training examples, "
            f"and so is their slope{_when(facts)}.")  # fmt: skip


def _say_saturated(facts: Facts) -> str:
    layer = _worst(facts, _saturated)
    assert layer is not None
    return (f"Saturated units: {_of(layer, layer.saturated)} have |f′| below 1 % of its maximum on more than 95 % of "
            f"the training examples{_when(facts)}.")  # fmt: skip


def _alike(facts: Facts) -> float | None:
    """Return the share of units that are alike, unless L1's proximal step makes them so."""
    penalty = facts.run.state.experiment.penalty
    return None if penalty.l1 and penalty.l1_form == "proximal" else _share(_twins)(facts)


def _say_alike(facts: Facts) -> str:
    layer = _worst(facts, _twins)
    assert layer is not None
    return (f"Symmetric units: {_of(layer, layer.twins)} have exactly the same weights, incoming and outgoing, and so "
            f"the same gradient{_when(facts)}.")  # fmt: skip


# ---- what may mend it -------------------------------------------------------------------------------------


def _kinds(facts: Facts) -> set[str]:
    return {knobs.kind for knobs in activations(facts.run.state.experiment.network.layers)}


def _drawn(facts: Facts, *before: Command) -> Mend:
    """Offer weights whose scale suits the activations, after other changes."""
    experiment = facts.run.state.experiment
    rectified = _kinds(facts) <= RECTIFIERS or any(one == RECTIFIED for one in before)
    name, kind = ("He", "he_normal") if rectified else ("Xavier", "xavier_normal")
    known = getattr(experiment.network.initializer, "kind", "") == kind
    drawn = () if known else (Change("network.initializer", kind),)
    fresh = Reinitialize(NETWORK, (experiment.seed + 1) % 2**32)
    return Mend(f"{name} weights", (*before, *drawn, fresh))


def _rescale(facts: Facts) -> Mend:
    return _drawn(facts)


def _rectify(facts: Facts) -> Mend:
    mend = _drawn(facts, *(() if _kinds(facts) == {"relu"} else (RECTIFIED,)))
    return Mend(f"ReLU, {mend.text}", mend.commands)


def _calm(facts: Facts) -> Mend:
    """Offer new weights, and where updates have brought them there, smaller ones from here on."""
    rate = tenth(facts)
    if rate is None or not facts.run.state.step:
        return _drawn(facts)
    mend = _drawn(facts, Change("optimizer.learning_rate", rate))
    return Mend(f"η → {rate:g}, {mend.text}", mend.commands)


EXPLODING = Rule("exploding", _exploding, 1.0, 0.85, _say_profile("grows", "Exploding gradients"), "gradients",
                 mend=_rescale)  # fmt: skip
VANISHING = Rule("vanishing", _vanishing, 1.0, 0.85, _say_profile("shrinks", "Vanishing gradients"), "gradients",
                 mend=_rectify)  # fmt: skip
DEAD = Rule("dead", _share(_dead), 0.6, 0.5, _say_dead, "activations", mend=_calm)
SATURATED = Rule("saturated", _share(_saturated), 0.6, 0.5, _say_saturated, "activations", mend=_calm)
ALIKE = Rule("symmetric", _alike, 0.5, 0.4, _say_alike, "network", mend=_rescale)
