"""Bytes coming in: whole files, files in parts, and the sweep of what was begun and never finished.

A body is written on while it arrives, at most two batches of it are in memory, and a client that leaves before
the end leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TypeVar

import msgspec

from flowmill.artifacts import SafePath
from flowmill.artifacts.local_parts import PART_SECONDS
from flowmill.artifacts.store import ArtifactWriter, Part, ServedStore, parse_new_file
from flowmill.errors import FlowmillError, Invalid, NotFound
from flowmill.server.http import Incoming, Outgoing

PARTS = "flowmill/1/artifact-uploads"
"""Below the API's root: where parts go that do not go straight into a bucket. Their address is all that their
sender needs, as with signed addresses of a bucket."""

GIVEN_UP_SECONDS = 24 * 3600
SWEEP_AFTER_SECONDS = 60
"""The first sweep comes after the start, which has other things to do."""
SWEEP_EVERY_SECONDS = 3600
SILENCE_SECONDS = 120
"""A client that sends nothing for so long has left."""

LARGEST_CONDITIONAL = 256 << 20
"""Bytes of a file that is only stored if it is still as its writer knows it; it is held in memory."""

_BATCH_BYTES = 1 << 20
_log = logging.getLogger("flowmill.server")

T = TypeVar("T", bound=msgspec.Struct)


class _Create(msgspec.Struct):
    path: str
    num_parts: int = 0


class _Part(msgspec.Struct):
    part_number: int
    etag: str = ""


class _Complete(msgspec.Struct):
    path: str
    upload_id: str = ""
    parts: list[_Part] = []


class _Abort(msgspec.Struct):
    path: str
    upload_id: str = ""


class Uploads:
    """What goes into one store. ``prefix``: where a proxy mounts the server, if not at /."""

    def __init__(self, store: ServedStore, prefix: str = "") -> None:
        self._store = store
        self._multipart = store.multipart
        self._prefix = prefix

    async def put(self, request: Incoming, path: SafePath) -> bool:
        """Store the body of a request as the file ``path``; False if the request has a condition (If-Match,
        ``If-None-Match: *``) that does not hold."""
        parse_new_file(path)
        tag, nothing = request.header(b"if-match"), request.header(b"if-none-match")
        if tag or nothing == "*":
            body = await body_up_to(
                request, LARGEST_CONDITIONAL, f"A file with a condition may have {LARGEST_CONDITIONAL:,} bytes."
            )
            return await asyncio.to_thread(self._store.replace, path, body, tag or None)
        await receive_into(
            request,
            lambda whole: self._store.put(path, whole),
            lambda: self._store.open_writer(path),
        )
        return True

    async def create(self, request: Incoming, folder: SafePath) -> Outgoing:
        """Begin an upload in parts; the addresses to send them to."""
        ask = decoded(await request.body(), _Create)
        path = _target(folder, ask.path)
        upload = await asyncio.to_thread(self._multipart.create, path, ask.num_parts)
        urls = await asyncio.to_thread(self._multipart.addresses, upload, path, ask.num_parts, PART_SECONDS)
        if urls is None:
            own = f"{request.origin}{request.seen.prefix or self._prefix}/api/{PARTS}/{upload}"
            urls = [f"{own}/{number}" for number in range(1, ask.num_parts + 1)]
        credentials = [{"url": url, "part_number": number} for number, url in enumerate(urls, 1)]
        return Outgoing(msgspec.json.encode({"upload_id": upload, "credentials": credentials}))

    async def put_part(self, request: Incoming, rest: str) -> Outgoing:
        """Store one part; its ETag is what completing asks for."""
        upload, _, number = rest.partition("/")
        length = request.header(b"content-length")
        if not number.isascii() or not number.isdigit() or len(number) > 5:
            raise NotFound(f"There is nothing at {request.path[:200]!r}.")
        if not length.isdigit():
            raise Invalid("A part needs a Content-Length.")
        tag = await receive_into(request, None, lambda: self._multipart.open_part(upload, int(number), int(length)))
        return Outgoing(b"", "text/plain", headers={"ETag": tag})

    async def complete(self, request: Incoming, folder: SafePath) -> Outgoing:
        """Put the file of an upload in its place."""
        ask = decoded(await request.body(), _Complete)
        parts = [Part(part.part_number, part.etag) for part in ask.parts]
        await asyncio.to_thread(self._multipart.complete, ask.upload_id, _target(folder, ask.path), parts)
        return Outgoing(b"{}")

    async def abort(self, request: Incoming, folder: SafePath) -> Outgoing:
        """Forget an upload."""
        ask = decoded(await request.body(), _Abort)
        await asyncio.to_thread(self._multipart.abort, ask.upload_id, _target(folder, ask.path))
        return Outgoing(b"{}")

    async def keep_swept(self) -> None:
        """Forget again and again what clients began and never finished; runs until it is cancelled."""
        await asyncio.sleep(SWEEP_AFTER_SECONDS)
        while True:
            try:
                swept = await asyncio.to_thread(self._multipart.sweep, GIVEN_UP_SECONDS)
                if swept:
                    _log.warning("%d unfinished uploads of more than a day ago were removed", swept)
            except FlowmillError as error:
                _log.warning("unfinished uploads could not be looked for: %s", error.message)
            await asyncio.sleep(SWEEP_EVERY_SECONDS)


async def receive_into(
    request: Incoming, put_whole: Callable[[bytes], None] | None, open_writer: Callable[[], ArtifactWriter]
) -> str:
    """Write a body that is small with ``put_whole``, any other bit by bit; what the writer's commit gave.

    While one batch is being written the next one is received.
    """
    batches = _batches(request)
    first, last = await anext(batches)
    if last and put_whole is not None:
        await asyncio.to_thread(put_whole, b"".join(first))
        return ""
    writer = await asyncio.to_thread(open_writer)
    writing = asyncio.ensure_future(asyncio.to_thread(writer.write, first))
    try:
        async for batch, _ in batches:
            await writing
            writing = asyncio.ensure_future(asyncio.to_thread(writer.write, batch))
        await writing
        return await asyncio.to_thread(writer.commit)
    except BaseException:
        with suppress(BaseException):
            await writing
        await asyncio.shield(asyncio.to_thread(writer.abort))
        raise


async def _batches(request: Incoming) -> AsyncIterator[tuple[list[bytes], bool]]:
    """The body in pieces of about a megabyte, and whether a piece is the last."""
    batch: list[bytes] = []
    size = 0
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                message = await request.receive()
        except TimeoutError:
            raise Invalid(f"Nothing came for {SILENCE_SECONDS} s; nothing was stored. Send the file again.") from None
        if message["type"] == "http.disconnect":
            raise Invalid("The upload was cut off; nothing was stored.")
        if chunk := message.get("body", b""):
            batch.append(chunk)
            size += len(chunk)
        more = message.get("more_body", False)
        if size >= _BATCH_BYTES or not more:
            yield batch, not more
            batch, size = [], 0
        if not more:
            return


async def body_up_to(request: Incoming, most: int, too_large: str) -> bytes:
    """A whole body that has a limit of its own."""
    if (declared := request.header(b"content-length")).isdigit() and int(declared) > most:
        raise Invalid(too_large)
    chunks: list[bytes] = []
    async for batch, _ in _batches(request):
        chunks += batch
        if sum(map(len, chunks)) > most:
            raise Invalid(too_large)
    return b"".join(chunks)


def decoded(body: bytes, kind: type[T]) -> T:
    """The fields of a JSON body."""
    try:
        return msgspec.json.decode(body or b"{}", type=kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        said = str(error).replace("`", "'")
        if missing := re.search(r"missing required field '(\w+)'", said):
            raise Invalid(f"Missing value for required parameter '{missing[1]}'.") from None
        raise Invalid(f"The body is not what was expected: {said[:1].lower()}{said[1:]}.") from None


def _target(folder: SafePath, told: str) -> SafePath:
    """The file that an upload is for. MLflow's clients tell their own path of it, of which the name counts."""
    name = SafePath.parse(told.replace("\\", "/").rpartition("/")[2])
    if not name:
        raise Invalid("Missing value for required parameter 'path': name the file.")
    path = parse_new_file(folder / name)
    refuse_too_high(path)
    return path


def refuse_too_high(path: SafePath) -> None:
    """Refuse to write or delete what is not inside a run or model."""
    if len(path.parts) < 3:
        raise Invalid(f"{str(path)!r} is not inside a run or model; name the file more closely.")
