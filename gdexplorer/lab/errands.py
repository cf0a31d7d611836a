"""Heavy measurements through an executor: at most one under way per name, newest wins.

What is submitted has captured its inputs; when it is done, the next frame carries it, with the step it belongs to.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any

from gdexplorer.landscape.surface import Stopped


class Inline(Executor):
    """Runs what is submitted at once: for the command line and tests."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run and return a finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@dataclass(slots=True)
class Leash:
    """What joins an errand under way to whoever sent it; an attribute each, so that no lock is needed."""

    progress: float = 0.0  # the share that is done
    stopped: bool = False

    def stop(self) -> bool:
        """Whether to give up."""
        return self.stopped

    def tell(self, done: float) -> None:
        """Say what share is done."""
        self.progress = done


@dataclass(slots=True)
class _Errand:
    key: object = None  # of what was submitted last
    urgent: object = None
    future: Future[Any] | None = None
    result: Any = None
    leash: Leash = field(default_factory=Leash)


class Errands:
    """What is under way and what was brought back, by name."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._errands: dict[object, _Errand] = {}

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return any(errand.future is not None for errand in self._errands.values())

    def known(self, name: object) -> Any:
        """Return what was brought back last, None if nothing was."""
        if (errand := self._errands.get(name)) is None:
            return None
        self._collect(errand)
        return errand.result

    def keep(self, names: set[object], known: object = None) -> None:
        """Forget everything else, but not what the errand named `known` has brought back."""
        for name in [name for name in self._errands if name not in names]:
            errand = self._errands.pop(name)
            errand.leash.stopped = True
            if name == known:
                self._collect(errand)
                key = errand.key if errand.future is None else None  # else that of what was under way
                self._errands[name] = _Errand(key, errand.urgent, result=errand.result)

    def leash(self, name: object) -> Leash:
        """Return the leash of the errand that is being prepared, or is under way, or was the last."""
        return self._errands[name].leash

    def progress(self, name: object) -> float | None:
        """Return the share that is done of what is under way; None if nothing is."""
        errand = self._errands.get(name)
        return None if errand is None or errand.future is None else errand.leash.progress

    def run(self, name: object, key: object, prepare: Callable[[], Callable[[], Any]], urgent: object = None) -> Any:
        """Return the newest result; if `key` is news and nothing is under way, capture inputs and submit.

        Where `urgent` differs from that of what is under way, nobody wants that any more: it is called back.
        """
        errand = self._errands.setdefault(name, _Errand())
        self._collect(errand)
        if errand.future is not None and urgent != errand.urgent:
            errand.leash.stopped = True
        if errand.future is None and key != errand.key:
            errand.key, errand.urgent, errand.leash = key, urgent, Leash()
            errand.future = self._executor.submit(prepare())
            self._collect(errand)
        return errand.result

    def _collect(self, errand: _Errand) -> None:
        if errand.future is not None and errand.future.done():
            done, errand.future = errand.future, None  # before it can raise: a failure is told once
            try:
                errand.result = done.result()
            except Stopped:
                errand.key = None
