"""All rows by id, in order."""

from __future__ import annotations

from flowmill.attacks.attack import Attack
from flowmill.attacks.browser import BROWSER
from flowmill.attacks.paths import PATHS
from flowmill.attacks.requests import REQUESTS

ATTACKS: dict[str, Attack] = {each.id: each for each in sorted([*PATHS, *BROWSER, *REQUESTS], key=lambda row: row.id)}
