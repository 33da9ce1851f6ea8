"""What the server says of itself."""

from __future__ import annotations

from flowmill.entities.base import Entity
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import OPEN_SERVER


class ServerInfo(Entity, frozen=True):
    """What the server is; ``store`` names the database's kind."""

    version: str
    mlflow_version: str
    store: str


@operation("GET flowmill/1/server", needs=OPEN_SERVER)
class GetServerInfo(Request[ServerInfo], frozen=True, kw_only=True):
    """The server's versions and kind of store."""
