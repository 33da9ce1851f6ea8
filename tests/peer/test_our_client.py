"""Our client with real MLflow servers: the same life, read back as MLflow's own client reads it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flowmill.compat.not_yet import NOT_YET
from flowmill.version import MLFLOW_VERSION
from tests.peer.environment import OLDER_VERSIONS, peer_python
from tests.peer.life.comparison import recorded, unexpected, without_missing
from tests.peer.life.differences import DIFFERENCES, NEEDS, OLDER_SERVER, OUR_CLIENT
from tests.peer.life.living import live
from tests.peer.server import mlflow_server

CHAPTERS = "experiments runs search datasets files models registry autologging background".split()


def test_our_client_with_our_server(server: str, tmp_path: Path) -> None:
    seen = live(sys.executable, server, tmp_path, CHAPTERS)
    expected, seen, missing = without_missing(recorded(MLFLOW_VERSION), seen, NEEDS)
    assert missing <= NOT_YET
    found = unexpected(expected, seen, DIFFERENCES + OUR_CLIENT)
    assert not found, "\n".join(found)


@pytest.mark.peer
@pytest.mark.parametrize("version", [MLFLOW_VERSION, OLDER_VERSIONS[0]])
def test_our_client_with_the_real_server(version: str, tmp_path: Path) -> None:
    folder = tmp_path / "real"
    folder.mkdir()
    with mlflow_server(peer_python(version), folder) as address:
        seen = live(sys.executable, address, tmp_path, CHAPTERS)
    expected, seen, missing = without_missing(recorded(version), seen, NEEDS)
    assert missing <= NOT_YET
    found = unexpected(expected, seen, OUR_CLIENT + (OLDER_SERVER if version in OLDER_VERSIONS else ()))
    assert not found, "\n".join(found)
