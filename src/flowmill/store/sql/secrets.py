"""Secrets that have to be used later are kept encrypted, with a key that is not in the database."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from flowmill.errors import Invalid, Unavailable
from flowmill.settings import Settings, WebhookSettings

_FILE = "webhooks.key"


class Secrets:
    """Encrypts with the operator's key, else with that of ``key_file``, else of the user's configuration folder.

    A file is made when it is first needed, readable by its owner alone. Servers that share a database need the
    operator's key (MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY, MLflow's name for it), the same for all.
    """

    def __init__(self, key_file: Path | None) -> None:
        self._key_file = key_file

    def encrypt(self, text: str) -> str:
        """The text as it may be stored."""
        return self._box().encrypt(text.encode()).decode()

    def decrypt(self, stored: str) -> str:
        """The text that was encrypted; Unavailable if the key is another one now."""
        from cryptography.fernet import InvalidToken

        try:
            return self._box().decrypt(stored.encode()).decode()
        except InvalidToken:
            raise Unavailable(
                "The secret was encrypted with another key: set MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY to that key, "
                "or set the webhook's secret again."
            ) from None

    def _box(self) -> Any:
        try:
            from cryptography.fernet import Fernet
        except ImportError:
            raise Invalid("A secret needs encryption: run `pip install 'flowmill[server]'` and try again.") from None
        given = WebhookSettings.from_environment().key
        try:
            return Fernet(given or self._own_key())
        except (ValueError, TypeError):
            where = "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY" if given else str(self._file())
            raise Invalid(f"{where} holds no key: expected 32 bytes in URL-safe base64.") from None

    def _own_key(self) -> str:
        from cryptography.fernet import Fernet

        file = self._file()
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            # Written whole under a name of its own and linked: of two that start at once, one key wins.
            draft = file.with_name(f"{file.name}.{os.urandom(4).hex()}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(Fernet.generate_key())
            try:
                os.link(draft, file)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return file.read_text(encoding="ascii").strip()

    def _file(self) -> Path:
        return self._key_file or Settings.from_environment().config_folder / _FILE
