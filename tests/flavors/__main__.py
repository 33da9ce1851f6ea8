"""``python -m tests.flavors [NAME…]``: check these flavors, or all; says what it finds and fails if one fails.

A flavor's name alone is the check with its newest library, ``pytorch@older`` the one with an older release of it.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.flavors.environments import check, every_check


def main(wanted: list[str]) -> int:
    every = every_check()
    unknown = sorted(set(wanted) - set(every))
    if unknown:
        print(f"There is no check of {', '.join(unknown)}: expected some of {', '.join(every)}.", file=sys.stderr)
        return 2
    failed = 0
    # Two at a time, as the suite has two workers; each is a process of its own.
    with ThreadPoolExecutor(2) as pool:
        for flavor, done in zip(wanted or every, pool.map(check, wanted or every), strict=True):
            print(f"{flavor}: {done.stdout.splitlines()[-1] if done.returncode == 0 else done.stdout}", flush=True)
            failed += done.returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
