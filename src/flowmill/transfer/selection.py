"""What of a source is to be taken: all of it, or what an address names with all that it needs."""

from __future__ import annotations

from dataclasses import dataclass, field

Ids = frozenset[str]


@dataclass(frozen=True)
class Selection:
    """None takes all of a kind. ``runs`` and ``logged_models`` name those of each experiment by id; an experiment
    that they do not mention is taken whole. ``versions``: of each registered model the versions to take; one that
    is not mentioned is taken whole. ``aliases``: whether aliases come along.
    """

    experiments: Ids | None = None
    runs: dict[str, Ids] = field(default_factory=dict[str, Ids])
    logged_models: dict[str, Ids] = field(default_factory=dict[str, Ids])
    registered_models: Ids | None = None
    versions: dict[str, Ids] = field(default_factory=dict[str, Ids])
    aliases: bool = True


EVERYTHING = Selection()
