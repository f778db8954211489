"""How long a test looks, and from which seed: briefly in the suite, long under `make chaos`.

The suite always looks in the same place, so that it is green or red for everybody. The long form
takes another seed each time and says which; `KKB_SEED=…` repeats it.
"""

import os
from random import SystemRandom

LONG = bool(os.environ.get("KKB_LONG"))


def length(short: int, long: int) -> int:
    """*short* in the suite, *long* under `make chaos`."""
    return long if LONG else short


def seed() -> int:
    """The seed of this run; chosen once and kept in the environment, for processes we start."""
    os.environ.setdefault("KKB_SEED", str(SystemRandom().randrange(10**6)) if LONG else "1")
    return int(os.environ["KKB_SEED"])
