"""Whether a run fits into memory: estimated before any of it is allocated, refused in words if not."""

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from gdexplorer.lab.complaints import Complaint
from gdexplorer.lab.experiment import Experiment
from gdexplorer.lab.history import PATH_BYTES
from gdexplorer.nn.network import Network
from gdexplorer.nn.plan import Plan
from gdexplorer.objectives.supervised import SupervisedObjective

SMALL = 256 * 2**20  # bytes that every machine has, so that nobody asks for how much is free
SHARE = 0.8  # of what is free that a run may take
UNKNOWN = 4 * 2**30  # bytes that are taken to be free where nobody can tell
# arrays of P numbers: θ, trial, part, gradient, up to four moments, two updates, and as much again in keyframes
VECTORS = 20
POINTS = 32  # float32 points of the path that are kept however long they are


def require(built: SupervisedObjective, experiment: Experiment, free: Callable[[], int] | None = None) -> None:
    """Refuse what would not fit into memory, before it is compiled.

    Parameters
    ----------
    free
        Bytes that may be allocated; `available` if not given.

    Raises
    ------
    Complaint
        One sentence with both numbers.
    """
    lanes = 1 + len(experiment.rivals)
    needed = lanes * estimate(built, getattr(experiment.optimizer, "memory", 0))
    if needed <= SMALL:
        return
    there = (free or available)()
    if needed > SHARE * there:
        raise Complaint(f"The run would need about {_gigabytes(needed)} of memory, and {_gigabytes(there)} are free; "
                        "make its layers smaller or take fewer examples.")  # fmt: skip


def estimate(built: SupervisedObjective, memory: int = 0) -> int:
    """Return about how many bytes a run of an objective takes.

    These are vectors of P numbers, `memory` pairs of them among L-BFGS's; the path; and buffers of passes: backward
    ones for batches and for all training examples, forward ones for what is scored, in parts if not all is dense.
    """
    network, itemsize = built.network, built.dtype.itemsize
    train, test = len(built.data.train.x), len(built.data.test.x)
    size = built.layout.size
    vectors = (VECTORS + 2 * memory) * size * itemsize + max(PATH_BYTES, 4 * POINTS * size)
    examples = train + (2 * built.batch_size if built.batch_size < train else 0)  # an epoch's last batch is shorter
    scored = train + test if network.plain else 0
    own = network.numbers * itemsize * examples  # at least: what is cheap to find
    if vectors + 64 * own <= SMALL:
        return vectors + 64 * own
    return vectors + price(network, built.dtype, True) * examples + price(network, built.dtype, False) * scored


@lru_cache(maxsize=32)
def price(network: Network, dtype: "np.dtype[Any]", backward: bool) -> int:
    """Return how many bytes an example takes in the buffers of a pass, by compiling two small ones."""
    less, more = (_bytes(network, dtype, backward, size) for size in (network.fewest, 2 * network.fewest))
    return (more - less) // network.fewest


def _bytes(network: Network, dtype: "np.dtype[Any]", backward: bool, batch: int) -> int:
    plan, theta = Plan(dtype), np.empty(network.layout.size, dtype)
    groups = network.allocate(plan, batch)
    network.forward(plan, theta, groups, masked=any(count for count, _ in network.masks))
    if backward:
        network.backward(plan, theta, groups, np.empty_like(theta))
    arrays = [array for group in groups for array in (group.z, group.a, group.slope)]
    arrays += [tape.behind for group in groups for tape in group.tapes]
    for function, arguments in plan.calls:
        arrays += _arrays((getattr(function, "__self__", None), *arguments))
    owners = {id(owner): owner for owner in map(_owner, arrays)}
    return sum(owner.nbytes for owner in owners.values())


def _arrays(things: Any) -> Iterator[Any]:
    for thing in things:
        if isinstance(thing, np.ndarray):
            yield thing
        elif isinstance(thing, tuple | list):
            yield from _arrays(thing)


def _owner(array: Any) -> Any:
    while getattr(array, "base", None) is not None:  # windows of an image stand on a stand-in for the array
        array = array.base
    return array


def available() -> int:
    """Return how many bytes can still be allocated: the least of what the system, a container or a limit allows."""
    found = []
    for limit in (_system, _container, _limit):
        with suppress(OSError, ValueError, ImportError, AttributeError):
            found.append(limit())
    return max(0, min(found, default=UNKNOWN))


def _system() -> int:
    if sys.platform == "linux":
        lines = Path("/proc/meminfo").read_text().splitlines()
        return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    if sys.platform == "win32":
        from ctypes import byref, c_ulong, c_ulonglong, sizeof, windll, Structure  # noqa: I001

        class Status(Structure):
            _fields_ = [("length", c_ulong), ("load", c_ulong),
                        *((name, c_ulonglong) for name in ("total", "free", "a", "b", "c", "d", "e"))]  # fmt: skip

        status = Status(length=sizeof(Status))
        if not windll.kernel32.GlobalMemoryStatusEx(byref(status)):
            raise OSError("the system does not say how much memory is free")
        return int(status.free)
    import os

    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2  # where most of the rest is a cache


def _container() -> int:
    folder = Path("/sys/fs/cgroup")
    return int((folder / "memory.max").read_text()) - int((folder / "memory.current").read_text())


def _limit() -> int:
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY:
        raise ValueError("no limit")
    return soft - int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _gigabytes(count: float) -> str:
    return f"{count / 2**30:,.1f} GB" if count < 100 * 2**30 else f"{count / 2**30:,.0f} GB"
