"""Microsoft's own emulator of Azure's blob storage, in a process of its own; installed by npm on first use."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path

from tests.peer.server import ended, free_port

VERSION = "3.37.0"
HOME = Path(__file__).parents[2] / ".cache" / f"azurite-{VERSION}"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The emulator's account and its key are public and always the same."""


def azurite() -> Path:
    """The emulator's command. Several test processes may ask at once: one installs, the others wait."""
    HOME.mkdir(parents=True, exist_ok=True)
    command = HOME / "node_modules" / ".bin" / "azurite-blob"
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (HOME / "complete").exists():
            npm = Path(sys.executable).parent / "npm"
            options = ["--no-audit", "--no-fund", "--silent", "--ignore-scripts", "--prefix", str(HOME)]
            subprocess.run([npm, "install", *options, f"azurite@{VERSION}"], check=True, env=_with_node())
            (HOME / "complete").touch()
    return command


@contextmanager
def azure_server(folder: Path) -> Iterator[dict[str, str]]:
    """The environment variables by which Flowmill finds the emulator; it has the container ``container``."""
    port = free_port()
    address = f"http://127.0.0.1:{port}/{ACCOUNT}"
    command = [azurite(), "--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--blobPort", str(port)]
    with (folder / "azurite.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=subprocess.STDOUT, env=_with_node(), start_new_session=True
        )
    with ended(process):
        end = time.monotonic() + 60
        while True:
            try:
                _make_container(address)
                break
            except (urllib.error.URLError, OSError) as error:
                if process.poll() is not None or time.monotonic() > end:
                    said = (folder / "azurite.log").read_text()[-3000:]
                    raise RuntimeError(f"azurite did not start:\n{said}") from error
                time.sleep(0.05)
        text = f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={address};"
        yield {"AZURE_STORAGE_CONNECTION_STRING": text}


def _make_container(address: str) -> None:
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    named = "".join(f"{name}:{value}\n" for name, value in headers.items())
    text = f"PUT{chr(10) * 12}{named}/{ACCOUNT}/{ACCOUNT}/container\nrestype:container"
    signature = base64.b64encode(hmac.digest(base64.b64decode(KEY), text.encode(), hashlib.sha256)).decode()
    headers |= {"Authorization": f"SharedKey {ACCOUNT}:{signature}", "Content-Length": "0"}
    request = urllib.request.Request(f"{address}/container?restype=container", method="PUT", headers=headers)
    urllib.request.urlopen(request, timeout=5).close()


def _with_node() -> dict[str, str]:
    return {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
