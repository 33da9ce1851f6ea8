"""S3's multipart uploads with signed addresses, so that clients send the parts straight into the bucket.

The signature is AWS's version 4 in the query string
(https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html); obstore signs whole files only.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape, unescape

from flowmill.artifacts.local_parts import check_count, no_upload
from flowmill.artifacts.path import SafePath
from flowmill.artifacts.store import ArtifactWriter, Part
from flowmill.errors import Denied, FlowmillError, Invalid, NotSupported, Unavailable

if TYPE_CHECKING:
    from urllib3 import PoolManager

_ORDER_SECONDS = 300


class Credentials(NamedTuple):
    """Keys of an AWS account; ``token`` belongs to temporary ones."""

    key_id: str
    secret: str
    token: str | None = None


@dataclass(frozen=True)
class S3Signer:
    """Signs addresses of one bucket. ``address``: where the bucket is, such as ``https://s3.eu-west-1.amazonaws.com/b``.

    ``on_create``: headers that a new file needs (encryption); they are part of the signature.
    """

    address: str
    region: str
    credentials: Credentials = field(repr=False)
    on_create: Mapping[str, str] = field(default_factory=dict[str, str])
    verify_tls: bool = True
    certificates: str | None = None

    def sign(
        self,
        method: str,
        key: str,
        seconds: int,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        now: datetime | None = None,
    ) -> str:
        """The address by which one request for one object may be made; ``headers`` must go with it."""
        parts = urlsplit(self.address)
        moment = (now or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
        scope = f"{moment[:8]}/{self.region}/s3/aws4_request"
        signed = {"host": parts.netloc, **{name.lower(): value.strip() for name, value in (headers or {}).items()}}
        names = ";".join(sorted(signed))
        asked = {
            **(query or {}),
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Credential": f"{self.credentials.key_id}/{scope}",
            "X-Amz-Date": moment,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": names,
        }
        if self.credentials.token:
            asked["X-Amz-Security-Token"] = self.credentials.token
        path = f"{parts.path.rstrip('/')}/{quote(key, safe='/-_.~')}" if key else f"{parts.path.rstrip('/')}/"
        pairs = "&".join(
            sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in asked.items())
        )
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        request = f"{method}\n{path}\n{pairs}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        secret = f"AWS4{self.credentials.secret}".encode()
        for piece in scope.split("/"):
            secret = hmac.digest(secret, piece.encode(), "sha256")
        signature = hmac.digest(secret, text.encode(), "sha256").hex()
        return f"{parts.scheme}://{parts.netloc}{path}?{pairs}&X-Amz-Signature={signature}"

    def sign_file(self, method: str, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """The address of a whole file. What is fetched by it is an attachment, which a browser does not show."""
        if method == "GET":
            shown = f"attachment; filename*=UTF-8''{quote(key.rpartition('/')[2], safe='')}"
            return self.sign(method, key, seconds, {"response-content-disposition": shown})
        return self.sign(method, key, seconds, headers=headers)


class S3Multipart:
    """`Multipart` uploads that S3 itself keeps; the ids are S3's."""

    def __init__(self, signer: S3Signer, root: SafePath) -> None:
        self._signer = signer
        self._root = root

    def create(self, path: SafePath, count: int) -> str:
        check_count(count)
        answer = self._order("POST", self._key(path), {"uploads": ""}, headers=self._signer.on_create)
        found = re.search(r"<UploadId>([^<]+)</UploadId>", answer)
        if found is None:
            raise Unavailable("The object store did not begin the upload; try again.")
        return unescape(found[1])

    def addresses(self, upload: str, path: SafePath, count: int, seconds: int) -> list[str]:
        return [
            self._signer.sign("PUT", self._key(path), seconds, {"partNumber": str(number), "uploadId": upload})
            for number in range(1, count + 1)
        ]

    def open_part(self, upload: str, number: int, size: int) -> ArtifactWriter:
        raise NotSupported("Parts go straight into the bucket; send them to the addresses that the upload got.")

    def complete(self, upload: str, path: SafePath, parts: Sequence[Part]) -> None:
        if not parts:
            raise Invalid("Missing value for required parameter 'parts': name each part that was sent.")
        listed = "".join(
            f"<Part><PartNumber>{part.number}</PartNumber><ETag>{escape(part.tag)}</ETag></Part>"
            for part in sorted(parts, key=lambda part: part.number)
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>"
        # S3 answers 200 before it is done and says in the body how it went.
        answer = self._order("POST", self._key(path), {"uploadId": upload}, body)
        if "<Error>" in answer:
            raise _refusal(200, answer)

    def abort(self, upload: str, path: SafePath) -> None:
        self._order("DELETE", self._key(path), {"uploadId": upload})

    def sweep(self, seconds: float) -> int:
        swept = 0
        prefix = f"{self._root}/" if self._root else ""
        listing = self._order("GET", "", {"uploads": "", **({"prefix": prefix} if prefix else {})})
        for each in re.findall(r"<Upload>(.*?)</Upload>", listing, re.DOTALL):
            found = {name: unescape(value) for name, value in re.findall(r"<(Key|UploadId|Initiated)>([^<]*)<", each)}
            try:
                begun = datetime.fromisoformat(found["Initiated"]).timestamp()
                if begun < time.time() - seconds:
                    self._order("DELETE", found["Key"], {"uploadId": found["UploadId"]})
                    swept += 1
            except (KeyError, ValueError):
                continue
        return swept

    def _key(self, path: SafePath) -> str:
        return str(self._root / path)

    def _order(
        self, method: str, key: str, query: Mapping[str, str], body: str = "", headers: Mapping[str, str] | None = None
    ) -> str:
        """What the bucket answers to a signed order."""
        import urllib3

        url = self._signer.sign(method, key, _ORDER_SECONDS, query, headers)
        try:
            answer = _pool(os.getpid(), self._signer.verify_tls, self._signer.certificates).request(
                method,
                url,
                body=body.encode() or None,
                headers={"Content-Type": "application/xml", **(headers or {})},
                redirect=False,
                retries=urllib3.Retry(
                    3, allowed_methods=None, status_forcelist=(500, 503), backoff_factor=0.2, raise_on_status=False
                ),
                timeout=urllib3.Timeout(connect=10, read=300),
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(
                f"The object store does not answer ({type(error).__name__}); check its address and try again."
            ) from None
        text = answer.data.decode(errors="replace")
        if answer.status >= 300:
            raise _refusal(answer.status, text)
        return text


@cache
def _pool(process: int, verify_tls: bool, certificates: str | None) -> PoolManager:
    """The connections of this process; a forked child must not write into its parent's."""
    from urllib3 import PoolManager

    return PoolManager(maxsize=8, cert_reqs="CERT_REQUIRED" if verify_tls else "CERT_NONE", ca_certs=certificates)


def _refusal(status: int, text: str) -> FlowmillError:
    code = found[1] if (found := re.search(r"<Code>([^<]*)</Code>", text)) else ""
    said = unescape(found[1]) if (found := re.search(r"<Message>([^<]*)</Message>", text)) else f"HTTP status {status}"
    if code == "NoSuchUpload":
        return no_upload()
    if code in ("InvalidPart", "InvalidPartOrder", "EntityTooSmall", "MalformedXML"):
        return Invalid(f"The object store does not take these parts: {said.rstrip('.')}; send them again.")
    if status in (401, 403):
        return Denied(f"The object store refused the upload: {said.rstrip('.')}; check the credentials.")
    return Unavailable(f"The object store refused the upload: {said.rstrip('.')}; try again.")
