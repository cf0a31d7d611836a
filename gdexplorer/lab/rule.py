"""What a rule of the narrator is: a number, from where on it is said and how, what shows it and what may mend it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gdexplorer.arrays import Array
from gdexplorer.lab.history import joined
from gdexplorer.lab.run import Run
from gdexplorer.lab.sentences import Mend, Mood, Sentence
from gdexplorer.probes.vitals import VitalsReport


@dataclass(frozen=True, slots=True)
class Steady:
    """Sharpness where it was measured last before the loss rose."""

    step: int
    sharpness: float  # λmax of the loss over all training examples
    loss: float


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules look at: the run as it is, and what was measured of it since the last change."""

    run: Run
    vitals: VitalsReport | None = None
    steady: Steady | None = None

    @property
    def since(self) -> int:
        """The update of the last change."""
        markers = self.run.recorder.markers
        return markers[-1].step if markers else 0

    @property
    def age(self) -> int:
        """Updates since the last change."""
        return self.run.state.step - self.since

    @property
    def loss(self) -> str:
        """What the loss is called."""
        return "training loss" if "examples" in self.run.objective.can else "loss"

    def curves(self) -> Array:
        """Rows (n, 7) of the curves."""
        return joined(self.run.recorder.curves.parts())

    def recent(self, count: int) -> Array:
        """Return the newest batch losses since the last change, at most so many."""
        count, parts = min(count, self.age), list[Array]()
        for part in reversed(self.run.recorder.batch.parts()):
            if count <= 0:
                break
            parts.insert(0, part[-count:, 1])
            count -= len(parts[0])
        return joined(tuple(parts)) if parts else np.zeros(0)


def unmended(facts: Facts) -> Mend | None:
    """Offer nothing."""
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be said.

    Attributes
    ----------
    measure
        The number that decides, None where there is none.
    enter, leave
        The rule holds from the one on, and once it does as long as the number is not below the other, or until the
        next change: what wavers about a threshold is not said and unsaid in turn.
    panel
        Name of the panel that shows it.
    """

    name: str
    measure: Callable[[Facts], float | None]
    enter: float
    leave: float
    say: Callable[[Facts], str]
    panel: str
    mood: Mood = "warning"
    mend: Callable[[Facts], Mend | None] = unmended

    def holds(self, facts: Facts, before: bool = False) -> bool:
        """Whether it is so, given whether it was at the last look."""
        found = self.measure(facts)
        return found is not None and found >= (self.leave if before else self.enter)

    def sentence(self, facts: Facts) -> Sentence:
        """Say it."""
        return Sentence(self.say(facts), self.mood, self.panel, self.mend(facts), self.name)


def tenth(facts: Facts) -> float | None:
    """Return a tenth of the learning rate; None where the optimizer has none."""
    rate = getattr(facts.run.state.experiment.optimizer, "learning_rate", None)
    return None if rate is None else float(f"{rate / 10:.3g}")
