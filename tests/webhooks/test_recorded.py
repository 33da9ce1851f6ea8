"""What receivers get from us is what they get from the real server, as recorded by `tests.webhooks.record`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.peer.peer import Peer
from tests.story.story import run_python
from tests.webhooks.receiver import Receiver
from tests.webhooks.record import RECORDED, SCENARIO, as_recorded


def test_our_client_and_our_server(receiver: Receiver, server: str, tmp_path: Path) -> None:
    told = run_python(str(SCENARIO), server, receiver.address, folder=tmp_path)
    assert as_recorded(receiver, told.split()[-1]) == json.loads(RECORDED.read_text(encoding="utf-8"))


@pytest.mark.peer
def test_the_real_client_and_our_server(peer: Peer, receiver: Receiver, server: str, tmp_path: Path) -> None:
    told = peer.run(SCENARIO, server, receiver.address, folder=tmp_path)
    assert as_recorded(receiver, told.split()[-1]) == json.loads(RECORDED.read_text(encoding="utf-8"))
