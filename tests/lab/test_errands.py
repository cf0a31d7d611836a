import pytest

from gdexplorer.lab.errands import Errands, Inline
from gdexplorer.landscape.surface import Stopped
from tests.builders import Manual


@pytest.fixture
def errands(executor):
    return Errands(executor)


def _make(value):
    """A preparation whose errand brings back a value."""
    return lambda: lambda: value


def test_nothing_is_known_before_it_is_done_and_the_newest_after(errands, executor):
    assert errands.known("a") is None
    assert errands.run("a", 1, _make("one")) is None
    assert errands.busy
    executor.finish()
    assert errands.known("a") == "one"
    assert errands.run("a", 1, _make("never")) == "one"
    assert not errands.busy
    assert not executor.jobs


def test_a_finished_one_is_collected_and_the_next_submitted_in_one_call(errands, executor):
    errands.run("a", 1, _make("one"))
    executor.finish()
    assert errands.run("a", 2, _make("two")) == "one"
    assert len(executor.jobs) == 1
    assert errands.busy
    executor.finish()
    assert errands.run("a", 2, _make("never")) == "two"


def test_at_most_one_is_under_way_and_what_was_asked_meanwhile_is_not_prepared(errands, executor):
    prepared = []

    def prepare(key):
        return lambda: prepared.append(key) or (lambda: key)

    for key in range(5):
        errands.run("a", key, prepare(key))
    assert prepared == [0]
    executor.finish()
    errands.run("a", 5, prepare(5))
    assert prepared == [0, 5]
    executor.finish()
    assert errands.run("a", 5, prepare(6)) == 5


def test_inputs_are_captured_when_it_is_submitted(errands, executor):
    world = {"now": 1}

    def prepare():
        captured = world["now"]
        return lambda: captured

    errands.run("a", "k", prepare)
    world["now"] = 2
    executor.finish()
    assert errands.run("a", "k", prepare) == 1


def test_names_do_not_wait_for_each_other(errands, executor):
    errands.run("a", 1, _make("a"))
    errands.run("b", 1, _make("b"))
    assert len(executor.jobs) == 2
    executor.finish()
    assert errands.run("a", 1, _make("never")) == "a"
    assert errands.run("b", 1, _make("never")) is None
    assert errands.busy


def test_with_an_inline_executor_the_result_is_there_at_once():
    errands = Errands(Inline())
    assert errands.run("a", 1, _make("one")) == "one"
    assert errands.run("a", 1, _make("never")) == "one"
    assert errands.run("a", 2, _make("two")) == "two"
    assert not errands.busy


def test_a_failure_is_told_once_and_the_last_result_stays():
    errands = Errands(Inline())
    errands.run("a", 1, _make("one"))

    def fail():
        raise ArithmeticError("no")

    with pytest.raises(ArithmeticError, match="no"):
        errands.run("a", 2, lambda: fail)
    assert not errands.busy
    assert errands.run("a", 2, _make("never")) == "one"  # the same again would fail again
    assert errands.run("a", 3, _make("three")) == "three"


def test_what_is_next_may_depend_on_what_was_just_brought_back(errands, executor):
    def ask():
        known = errands.known("a") or 0
        return errands.run("a", known + 1, _make(known + 1))

    assert ask() is None
    for expected in (1, 2, 3):
        executor.finish()
        assert ask() == expected
        assert len(executor.jobs) == 1


def test_what_nobody_wants_any_more_is_called_back_and_the_next_begins():
    executor = Manual()
    errands, leashes = Errands(executor), []

    def prepare():
        leash = errands.leash("a")
        leashes.append(leash)

        def work():
            leash.tell(0.5)
            if leash.stop():
                raise Stopped
            return len(leashes)

        return work

    errands.run("a", 1, prepare, "near")
    assert errands.progress("a") == 0
    assert errands.progress("b") is None
    errands.run("a", 2, prepare, "near")  # newer, but as urgent: it waits
    assert not leashes[0].stopped
    errands.run("a", 3, prepare, "far")
    assert leashes[0].stopped
    executor.finish()
    assert errands.progress("a") == 0.5
    assert errands.run("a", 3, prepare, "far") is None  # the first brought nothing, the second is on its way
    assert (len(leashes), len(executor.jobs), errands.progress("a")) == (2, 1, 0)
    executor.finish()
    assert errands.run("a", 3, prepare, "far") == 2
    assert errands.progress("a") is None
    errands.run("a", 4, prepare, "far")
    errands.keep(set())
    assert leashes[-1].stopped  # forgotten: nobody waits for it


def test_a_failure_of_the_executors_is_told_by_the_call_that_collects_it(errands, executor):
    errands.run("a", 1, _make("one"))
    future, _ = executor.jobs.pop()
    future.set_exception(ArithmeticError("no"))
    with pytest.raises(ArithmeticError, match="no"):
        errands.run("a", 2, _make("two"))
    assert not executor.jobs  # the next call submits it
    assert errands.run("a", 2, _make("two")) is None
    executor.finish()
    assert errands.run("a", 2, _make("never")) == "two"


def test_what_is_not_kept_is_forgotten_also_while_it_is_under_way(errands, executor):
    errands.run("a", 1, _make("a"))
    errands.run("b", 1, _make("b"))
    errands.keep({"b"})
    executor.finish()
    executor.finish()
    assert errands.known("a") is None
    assert errands.run("b", 1, _make("never")) == "b"
    assert errands.run("a", 1, _make("again")) is None  # begun anew
    assert len(executor.jobs) == 1
    errands.keep(set())
    assert not errands.busy
