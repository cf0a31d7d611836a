"""How often a slow measurement is made of a run that goes on: seldom enough for training to lose little by it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from gdexplorer.lab.errands import Errands
from gdexplorer.lab.run import Run

T = TypeVar("T")


@dataclass(frozen=True, eq=False, slots=True)
class Timed(Generic[T]):
    """What was measured, at which version and update of the run, of what was asked, and how long it took."""

    version: int
    step: int
    asked: Any
    spent: int  # updates that were made meanwhile
    result: T


class Pace(Generic[T]):
    """An errand that is made again and again.

    Measuring takes the interpreter from the trainer. So while the run moves, the next measurement waits for `rest`
    times as many updates as were made during the last: 1/(1 + rest) of the time at most, whatever the speed. Where the
    run rests, has changed or something else is asked for, it is made at once.
    """

    def __init__(self, errands: Errands, name: object, rest: int) -> None:
        self._errands, self._name, self._rest = errands, name, rest
        self._seen = (-1, -1)  # version and step at the last look
        self._made: tuple[object, ...] = ()  # version, step and what was asked of the last measurement
        self._key: tuple[object, ...] = ()  # of that measurement

    @property
    def known(self) -> Timed[T] | None:
        """What was brought back last, unless nobody wants it any more."""
        found: Timed[T] | None = self._errands.known(self._name)
        return found

    def measure(self, run: Run, asked: object, prepare: Callable[[], Callable[[], T]]) -> Timed[T] | None:
        """Return the newest measurement; see to it that there will be a newer one.

        Parameters
        ----------
        prepare
            Captures what the measurement needs, and returns what makes it.
        """
        version, step = now = run.version, run.state.step
        rests, self._seen = now == self._seen, now
        key = self._key if self._made == (*now, asked) else (rests, *now, asked)

        def paced() -> Callable[[], Timed[T] | None]:
            known = self.known
            if known is not None and not rests and (known.version, known.asked) == (version, asked) and (
                    step < known.step + (1 + self._rest) * known.spent):  # fmt: skip
                return lambda: known  # should the run rest, its end brings another look, which finds that out
            self._made, self._key, work = (*now, asked), key, prepare()

            def timed() -> Timed[T]:
                begun = run.state.step
                result = work()
                return Timed(version, step, asked, max(run.state.step - begun, 0), result)

            return timed

        found: Timed[T] | None = self._errands.run(self._name, key, paced)
        return found
