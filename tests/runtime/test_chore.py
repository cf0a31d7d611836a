import sys
from collections.abc import Callable
from threading import Event, current_thread

import pytest

from gdexplorer.runtime import chore as chore_module
from gdexplorer.runtime.chore import POLITE, Chore

SECONDS = 30


def ended(chore: Chore[str]) -> bool:
    return chore._ended.wait(SECONDS)


def test_it_works_in_a_thread_of_its_own_and_brings_the_result() -> None:
    chore = Chore(lambda tell, stop: current_thread().name)
    assert ended(chore)
    assert chore.done
    assert chore.result() != current_thread().name


def test_it_brings_what_was_raised() -> None:
    def fail(tell: Callable[[float], None], stop: Callable[[], bool]) -> str:
        raise ValueError("Nothing is there.")

    chore = Chore(fail)
    assert ended(chore)
    with pytest.raises(ValueError, match=r"Nothing is there\."):
        chore.result()


def test_threads_take_turns_more_often_until_the_last_one_has_ended() -> None:
    usual, first, second = sys.getswitchinterval(), Event(), Event()
    chores = [Chore(lambda tell, stop, go=go: str(go.wait(SECONDS))) for go in (first, second)]  # type: ignore[misc]
    while chore_module._under_way < 2:
        pass
    for chore, go, after in zip(chores, (first, second), (POLITE, usual), strict=True):
        assert sys.getswitchinterval() == pytest.approx(POLITE)
        go.set()
        assert ended(chore)
        assert sys.getswitchinterval() == pytest.approx(after)


def test_it_tells_how_far_it_is_and_gives_up_when_it_is_asked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    half, asked = Event(), Event()

    def work(tell: Callable[[float], None], stop: Callable[[], bool]) -> str:
        tell(0.25)
        half.set()
        assert asked.wait(SECONDS)
        return "given up" if stop() else "finished"

    chore = Chore(work)
    assert half.wait(SECONDS)
    assert not chore.done
    assert chore.share == 0.25
    monkeypatch.setattr("gdexplorer.runtime.chore.time.monotonic", lambda: chore._began + 2)
    assert chore.seconds_left == pytest.approx(6)
    monkeypatch.setattr("gdexplorer.runtime.chore.time.monotonic", lambda: chore._began + 0.1)
    assert chore.seconds_left is None
    chore.cancel()
    asked.set()
    assert ended(chore)
    assert chore.result() == "given up"
