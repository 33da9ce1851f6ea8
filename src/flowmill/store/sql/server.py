"""What the store is."""

from __future__ import annotations

from flowmill.store.sql.handler import handles
from flowmill.store.sql.transaction import Transaction
from flowmill.version import MLFLOW_VERSION, __version__
from flowmill.wire.server import GetServerInfo, ServerInfo


@handles(GetServerInfo)
def get_server_info(tx: Transaction, ask: GetServerInfo) -> ServerInfo:
    """Versions and the kind of database."""
    return ServerInfo(__version__, MLFLOW_VERSION, tx.dialect.name)
