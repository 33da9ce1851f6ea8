"""On whose behalf a served model reaches its resources: recorded in its MLmodel file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flowmill.models.resources import Resource, resources_form


@dataclass
class UserAuthPolicy:
    """What the model may do as the user who asks it: scopes of APIs."""

    api_scopes: list[str]

    def to_dict(self) -> dict[str, Any]:
        """As the MLmodel file has it."""
        return {"api_scopes": self.api_scopes}


@dataclass
class SystemAuthPolicy:
    """What the model reaches as itself."""

    resources: Sequence[Resource]

    def to_dict(self) -> dict[str, Any]:
        """As the MLmodel file has it."""
        return {"resources": resources_form(self.resources) if self.resources else {}}


@dataclass
class AuthPolicy:
    """Both policies together."""

    user_auth_policy: UserAuthPolicy | None = None
    system_auth_policy: SystemAuthPolicy | None = None

    def to_dict(self) -> dict[str, Any]:
        """As the MLmodel file has it."""
        return {
            "user_auth_policy": self.user_auth_policy.to_dict() if self.user_auth_policy else {},
            "system_auth_policy": self.system_auth_policy.to_dict() if self.system_auth_policy else {},
        }
