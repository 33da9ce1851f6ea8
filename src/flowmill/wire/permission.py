"""What an operation needs the caller to be allowed: a level on a kind of thing."""

from __future__ import annotations

from typing import Literal, NamedTuple

Resource = Literal["server", "experiment", "registered_model", "webhook"]
Level = Literal["read", "edit", "manage"]


class Permission(NamedTuple):
    """``level`` on ``resource``; runs, metrics, artifacts and logged models belong to their experiment."""

    resource: Resource
    level: Level


OPEN_SERVER = Permission("server", "read")
READ_EXPERIMENT = Permission("experiment", "read")
EDIT_EXPERIMENT = Permission("experiment", "edit")
MANAGE_EXPERIMENT = Permission("experiment", "manage")
READ_MODEL = Permission("registered_model", "read")
EDIT_MODEL = Permission("registered_model", "edit")
MANAGE_MODEL = Permission("registered_model", "manage")
READ_WEBHOOK = Permission("webhook", "read")
MANAGE_WEBHOOK = Permission("webhook", "manage")
