"""Sends what is in the outbox: each delivery at least once, with patience, never in a request's way.

Of several servers on one database each claims what it sends; what a server that died had claimed is due
again after `LEASE`. A webhook gets one delivery at a time from each server, so that a slow receiver holds
up only itself and events arrive in their order unless one has to be tried again.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable

from flowmill.errors import FlowmillError, Invalid
from flowmill.settings import WebhookSettings
from flowmill.store.sql.deliveries import Claim, claim, is_any_due, note_delivered, note_failed, prune
from flowmill.store.sql.engine import SqlStore
from flowmill.store.sql.webhooks import destinations
from flowmill.webhooks.post import Answer, post
from flowmill.webhooks.signature import signed_headers

_log = logging.getLogger("flowmill.server")

LEASE = 180.0
"""Seconds; longer than any try takes."""

_FIRST_DELAY = 2.0
_DELAY_GROWS = 6.0
_LONGEST_DELAY = 6 * 3600.0
_LONGEST_RETRY_AFTER = 24 * 3600.0
_STOP_SECONDS = 2.0


class Deliveries:
    """The sender of one server. ``wake`` is called when a webhook is free for its next delivery."""

    def __init__(
        self,
        store: SqlStore,
        wake: Callable[[], None],
        settings: WebhookSettings | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._wake = wake
        self._settings = settings or WebhookSettings.from_environment()
        self._jitter = jitter
        self._busy: dict[int, threading.Thread] = {}
        self._lock = threading.Lock()
        self._stopping = False

    def work(self) -> bool:
        """Start sending what is due, as far as there are threads; whether more may be due."""
        if self._stopping or not self._store.read(is_any_due):
            return False
        with self._lock:
            busy = set(self._busy)
        free = self._settings.workers - len(busy)
        if free <= 0:
            return False
        claims = self._store.write(lambda tx: claim(tx, busy=busy, most=free, lease=int(LEASE * 1000)))
        for each in claims:
            thread = threading.Thread(target=self._deliver, args=(each,), name="flowmill-webhook", daemon=True)
            with self._lock:
                self._busy[each.webhook] = thread
            thread.start()
        return False

    def prune(self) -> bool:
        """Forget old entries of the log; whether there are more."""
        return self._store.write(prune) > 0

    def stop(self) -> None:
        """Let what is under way end for a moment; the rest is due again when its lease ends."""
        self._stopping = True
        end = time.monotonic() + _STOP_SECONDS
        with self._lock:
            threads = list(self._busy.values())
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _deliver(self, each: Claim) -> None:
        try:
            self._try(each)
        except FlowmillError as error:  # the store is away: the lease brings the delivery back
            _log.warning("webhook delivery %s could not be noted: %s", each.delivery_id, error.message)
        except Exception:
            if not self._stopping:
                _log.exception("webhook delivery %s", each.delivery_id)
        finally:
            with self._lock:
                self._busy.pop(each.webhook, None)
            if not self._stopping:
                self._wake()

    def _try(self, each: Claim) -> None:
        body = each.payload.encode()
        try:
            secret = self._store.secrets.decrypt(each.secret) if each.secret else None
            headers = signed_headers(secret, each.delivery_id, body, time.time())
            answer = post(each.url, body, headers, destinations(), seconds=self._settings.timeout)
        except Invalid as refusal:  # an address that is not allowed will not be so in a minute
            self._fail(each, None, refusal.message, may_change=False)
        except FlowmillError as failure:
            self._fail(each, None, failure.message, may_change=True)
        else:
            self._settle(each, answer)

    def _settle(self, each: Claim, answer: Answer) -> None:
        if answer.is_success:
            self._store.write(lambda tx: note_delivered(tx, each.delivery, answer.status))
            return
        told = f"The receiver answered {answer.status}."
        if 300 <= answer.status < 400:
            told = f"The receiver answered {answer.status}; redirects are not followed."
        self._fail(each, answer, told, may_change=answer.may_change)

    def _fail(self, each: Claim, answer: Answer | None, told: str, *, may_change: bool) -> None:
        again: int | None = None
        if may_change and each.tries <= self._settings.retries:
            asked = answer.retry_after if answer is not None and answer.retry_after is not None else 0.0
            again = int(1000 * max(self.delay(each.tries), min(asked, _LONGEST_RETRY_AFTER)))
        status = answer.status if answer is not None else None
        self._store.write(lambda tx: note_failed(tx, each.delivery, status, told, again))
        if again is None:
            _log.warning("webhook delivery %s is given up after %d tries: %s", each.delivery_id, each.tries, told)

    def delay(self, tries: int) -> float:
        """Seconds until the next try after so many: 2, 12, 72 s, 7, 43 min, 4.3, 6 h, each up to a quarter more."""
        plain = min(_FIRST_DELAY * _DELAY_GROWS ** (tries - 1), _LONGEST_DELAY)
        return plain * (1 + self._jitter() / 4)
