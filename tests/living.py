"""All objects of a kind that there are."""

import gc
import sys
from typing import Any


def living(*kinds: type) -> list[Any]:
    """Return them while no other thread runs: a tuple that it just makes could not be finished once it is seen."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60.0)
    try:
        return [one for one in gc.get_objects() if issubclass(type(one), kinds)]
    finally:
        sys.setswitchinterval(interval)
