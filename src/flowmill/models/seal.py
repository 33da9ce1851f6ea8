"""Seals: which files of a model may run code when it is loaded.

Pickles, Python files and skops files with unusual types are programs. When Flowmill writes one it seals the
folder with the user's own key: ``flowmill_seal.json`` lists the SHA-256 of every such file under an HMAC. A
loader runs such a file only if a seal made with a trusted key covers its very bytes, or if the caller or the
operator says so in one word: ``allow_pickle=True``, or ``MLFLOW_ALLOW_PICKLE_DESERIALIZATION=true``. Nothing
that stands in the model itself can grant that trust.

Keys: ``signing.key`` in Flowmill's configuration folder (``FLOWMILL_CONFIG_DIR``, else
``$XDG_CONFIG_HOME/flowmill``, else ``~/.config/flowmill``), made when first needed, mode 0600; and every
``trusted_keys/*.key`` beside it. Who shares a key can also seal with it: it makes a team, not a directory.
"""

from __future__ import annotations

import atexit
import hashlib
import hmac
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from flowmill.errors import Denied, Invalid
from flowmill.models.folder import inside
from flowmill.settings import Settings

SEAL_FILENAME = "flowmill_seal.json"
ALLOW_VARIABLE = "MLFLOW_ALLOW_PICKLE_DESERIALIZATION"


def config_folder() -> Path:
    """The folder of the user's keys."""
    return Settings.from_environment().config_folder


def _own_key() -> bytes:
    """The user's key, made when first needed."""
    file = config_folder() / "signing.key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Written whole under a name of its own and linked: of two processes that start at once, one key wins.
        draft = file.with_name(f"signing.{secrets.token_hex(8)}.tmp")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(32) + "\n")
        try:
            os.link(draft, file)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return _read_key(file)


def _read_key(file: Path) -> bytes:
    mode = file.stat().st_mode
    if os.name == "posix" and mode & 0o077:
        raise Invalid(
            f"The key {file} can be read by others (mode {mode & 0o777:o}): run chmod 600 on it, "
            "or delete it if somebody else may have seen it."
        )
    try:
        key = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) < 32:
        raise Invalid(f"{file} is no key: expected 64 hexadecimal digits.")
    return key


def _trusted_keys() -> Iterable[bytes]:
    own = config_folder() / "signing.key"
    if own.exists():
        yield _read_key(own)
    folder = config_folder() / "trusted_keys"
    if folder.is_dir():
        for file in sorted(folder.glob("*.key")):
            yield _read_key(file)


def _mac(key: bytes, files: dict[str, str], loader: str | None) -> str:
    message = "flowmill-seal-1\n" + json.dumps([files, loader], sort_keys=True)
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def seal(folder: Path, files: Iterable[str], loader: str | None = None) -> None:
    """Seal these files (paths relative to the folder), and the name of the user's module that loads the model.

    Without files and loader there is nothing to seal.
    """
    digests = {name: _digest(inside(folder, name, "sealed file")) for name in sorted(files)}
    if not digests and loader is None:
        return
    form = {
        "format": 1,
        "algorithm": "hmac-sha256",
        "files": digests,
        "loader": loader,
        "seal": _mac(_own_key(), digests, loader),
    }
    (folder / SEAL_FILENAME).write_text(json.dumps(form, indent=1) + "\n", encoding="utf-8")


def read_seal(folder: Path) -> tuple[dict[str, str], str | None]:
    """SHA-256 by path of the files that a trusted key has sealed, and the loader; nothing without a valid seal."""
    file = folder / SEAL_FILENAME
    if not file.is_file() or file.stat().st_size > 16 * 1024 * 1024:
        return {}, None
    try:
        form: Any = json.loads(file.read_text(encoding="utf-8"))
        files = {str(name): str(digest) for name, digest in form["files"].items()}
        loader, stated = form["loader"], str(form["seal"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}, None
    if form.get("format") != 1 or not stated.isascii():
        return {}, None
    if any(hmac.compare_digest(_mac(key, files, loader), stated) for key in _trusted_keys()):
        return files, loader
    return {}, None


def seal_again(source: Path, folder: Path, more: Iterable[str]) -> None:
    """Seal a copy of a model, what a trusted key had sealed of its ``source`` and ``more`` files.

    What is no longer as it was sealed stays without a seal: whoever changed it must not get one by the copy.
    """
    sealed, loader = read_seal(source)
    (folder / SEAL_FILENAME).unlink(missing_ok=True)
    kept = [
        name
        for name, digest in sealed.items()
        if hmac.compare_digest(_digest(inside(folder, name, "sealed file")), digest)
    ]
    seal(folder, [*kept, *more], loader)


class Trust:
    """Whether files of one model folder may run code. ``allow_pickle`` is the caller's word for all of them."""

    def __init__(self, folder: Path, allow_pickle: bool = False) -> None:
        self.folder = folder
        self.all = allow_pickle or Settings.from_environment().allow_pickle
        self._sealed, self._loader = ({}, None) if self.all else read_seal(folder)

    def covers(self, relative: str, content: bytes | None = None) -> bool:
        """Whether this file may run: the caller allowed it, or a trusted seal covers its bytes."""
        if self.all:
            return True
        expected = self._sealed.get(relative)
        if expected is None:
            return False
        digest = _digest(self.folder / relative) if content is None else hashlib.sha256(content).hexdigest()
        return hmac.compare_digest(digest, expected)

    def require(self, relative: str, why: str, content: bytes | None = None) -> None:
        """Denied unless this file may run; ``why`` says what it is (``"a pickle"``)."""
        if not self.covers(relative, content):
            raise Denied(
                f"The model's {relative} is {why}, which can run any code when it is loaded, and no key that you "
                f"trust has sealed it: if you trust who made it, pass allow_pickle=True or set {ALLOW_VARIABLE}=true; "
                "else ask for the model in a safe format (skops, ONNX, safetensors)."
            )

    def read(self, relative: str, why: str) -> bytes:
        """The bytes of a file that may run: those that were checked, whatever happens to the file later."""
        content = (self.folder / relative).read_bytes()
        self.require(relative, why, content)
        return content

    def copy_of_code(self, relative: str) -> Path:
        """A copy of a folder of Python files that may run, which stays until the process ends.

        A copy, because importing writes compiled files beside the sources: they would end up in the model, where
        nobody has sealed them. Those that lie there already are left out.
        """
        source = self.folder / relative
        copy = Path(tempfile.mkdtemp(prefix="flowmill-code-"))
        atexit.register(shutil.rmtree, copy, ignore_errors=True)
        for file in sorted(source.rglob("*")):
            inner = file.relative_to(source)
            if file.is_file() and "__pycache__" not in inner.parts:
                (copy / inner).parent.mkdir(parents=True, exist_ok=True)
                (copy / inner).write_bytes(self.read(file.relative_to(self.folder).as_posix(), "Python code"))
        return copy

    def require_loader(self, module: str) -> None:
        """Denied unless this module may be imported to load the model."""
        if not self.all and self._loader != module:
            raise Denied(
                f"The model is loaded by the module {module!r}, which can run any code, and no key that you trust has "
                f"sealed that: if you trust who made the model, pass allow_pickle=True or set {ALLOW_VARIABLE}=true."
            )


def may_run_code(folder: Path, allow_pickle: bool = False) -> bool:
    """Whether you trust a model folder to run code, for those places without your keys to which you send it.

    Denied if it holds sealed code whose seal is of no key that you trust.
    """
    if Trust(folder, allow_pickle).all:
        return True
    sealed, loader = read_seal(folder)
    if (folder / SEAL_FILENAME).exists() and not sealed and loader is None:
        raise Denied(
            "The model holds code that can run when it is loaded, and no key that you trust has sealed it: if you "
            f"trust who made it, set {ALLOW_VARIABLE}=true."
        )
    return bool(sealed) or loader is not None
