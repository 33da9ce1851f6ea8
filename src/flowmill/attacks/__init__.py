"""Known attacks on servers like this one, a row each: the project's tests and ``flowmill doctor --attack`` run them."""

from flowmill.attacks.attack import Attack, Breach
from flowmill.attacks.table import ATTACKS
from flowmill.attacks.target import Target

__all__ = ["ATTACKS", "Attack", "Breach", "Target"]
