"""What happened to a run beside what it logged itself."""

from __future__ import annotations

from enum import StrEnum

from flowmill.entities.base import Entity, Int64


class RunChangeKind(StrEnum):
    """What changed."""

    NAME = "name"
    """It was renamed."""
    DESCRIPTION = "description"
    """Its description has another text."""
    TAG = "tag"
    """The tag ``key`` has another value."""
    STATUS = "status"
    """It had ended and was taken up again, or its end became another one; both are statuses."""
    LIFECYCLE = "lifecycle"
    """It went to the trash or came back; both are lifecycle stages."""
    EXPERIMENT = "experiment"
    """It was moved; both are ids of experiments."""


class RunChange(Entity, frozen=True, kw_only=True):
    """One change of a run.

    ``time``: ms since the epoch, UTC. ``user``: as the caller claimed, empty when unknown. ``before`` and ``after``
    are None where there was, or is, nothing.
    """

    time: Int64
    user: str = ""
    kind: RunChangeKind
    key: str | None = None
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        """The change in a line, without time and user."""
        what = f"{self.kind} {self.key}" if self.key is not None else str(self.kind)
        if self.after is None:
            return f"{what} removed (was {self.before})"
        return f"{what} = {self.after}" if self.before is None else f"{what}: {self.before} → {self.after}"
