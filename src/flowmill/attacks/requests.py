"""Requests that are to cost the server more than they cost their sender, or to make it send some of its own."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable

from flowmill.attacks.attack import Attack, Breach
from flowmill.attacks.target import Target

_INSIDE = (
    "127.0.0.1", "localhost", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "[::1]", "[fd00::1]",
    "metadata.google.internal",
)  # fmt: skip
_SPELLINGS = (
    "127.1", "0177.0.0.1", "2130706433", "0x7f000001", "0.0.0.0", "[::ffff:169.254.169.254]", "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]", "a@127.0.0.1", "127.0.0.1.", "127。0。0。1",
)  # fmt: skip
_SECONDS = 10.0
"""More than any refusal needs on a busy machine, less than the work that was asked for."""


def call_inside(hosts: tuple[str, ...]) -> Callable[[Target], None]:
    """Have a webhook sent to a place inside the network."""

    def run(target: Target) -> None:
        events = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
        for root in target.roots:
            for host in hosts:
                for scheme in ("https", "http"):
                    fields = {"name": target.mark, "url": f"{scheme}://{host}/", "events": events}
                    target.refuse(target.call("webhooks", fields, root=root), f"A webhook to {host}", 400, 404)

    return run


def use_gateway(target: Target) -> None:
    """Have the server fetch an address."""
    for root in target.roots:
        fields = {"gateway_path": "http://169.254.169.254/latest/meta-data/"}
        target.refuse(target.call("gateway-proxy", fields, root=root), "The gateway's proxy")


def ask_graphs(target: Target) -> None:
    """Ask one thing ten thousand times in one query."""
    query = "{" + " ".join(f"a{number}: mlflowGetExperiment {{ experiment {{ name }} }}" for number in range(10_000))
    _quick(lambda: target.refuse(target.send("POST", f"{target.base}/graphql", {"query": query + "}"}), "/graphql"))


def send_long_names(target: Target) -> None:
    """Names and places of millions of characters."""
    long = "x" * 2_000_000
    for fields in ({"name": long}, {"name": target.mark + "-long", "artifact_location": f"mlflow-artifacts:/{long}"}):
        target.refuse(target.call("experiments/create", fields), "A name of 2 MB", 400)
    target.refuse(target.call("registered-models/create", {"name": long}), "A model's name of 2 MB", 400)
    target.refuse(
        target.call("runs/set-tag", {"run_id": target.run_id, "key": long, "value": ""}), "A tag's name of 2 MB", 400
    )


def send_large_batches(target: Target) -> None:
    """More in one batch than is accepted."""
    metrics = [{"key": "m", "value": 1, "timestamp": number, "step": 0} for number in range(1001)]
    params = [{"key": f"p{number}", "value": "1"} for number in range(101)]
    for fields in ({"metrics": metrics}, {"params": params}, {"tags": params}):
        answer = target.call("runs/log-batch", {"run_id": target.run_id, **fields})
        target.refuse(answer, f"A batch of {len(next(iter(fields.values()))):,}", 400)


def search_hard(target: Target) -> None:
    """Filters and pages that would take for ever."""
    searches = (
        {"filter": " AND ".join(f"params.a{number} = 'x'" for number in range(10_000))},
        {"filter": "(" * 10_000 + "params.a = 'x'" + ")" * 10_000},
        {"max_results": 10_000_000},
    )
    for fields in searches:
        _quick(
            lambda fields=fields: target.refuse(
                target.call("runs/search", {"experiment_ids": [target.experiment_id], **fields}),
                "A search without end",
                400,
            )
        )
    wild = f"params.a LIKE '{'%a' * 400}%'"
    target.call("runs/log-parameter", {"run_id": target.run_id, "key": "a", "value": "a" * 3000 + "b"})
    _quick(lambda: target.call("runs/search", {"experiment_ids": [target.experiment_id], "filter": wild}))


def send_bombs(target: Target) -> None:
    """A small body that unpacks to a large one."""
    bomb = gzip.compress(b'{"name": "' + b" " * 80_000_000 + b'"}', 1)
    path = f"{target.base}/api/2.0/mlflow/experiments/create"
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    target.refuse(target.send("POST", path, bomb, headers), "A body that unpacks to 80 MB", 413)


def send_odd_json(target: Target) -> None:
    """JSON that breaks parsers."""
    path = f"{target.base}/api/2.0/mlflow/experiments/create"
    bodies = (
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"name": ' + b"1" * 100_000 + b"}",
        b'{"name": NaN}',
        b'{"name": "\\ud800"}',
        b'{"name": "\xff"}',
        b'{"name": "x", "name": ["y"]}',
        b"null",
    )
    for body in bodies:
        answer = target.send("POST", path, body, {"Content-Type": "application/json"})
        target.refuse(answer, f"The JSON {body[:20]!r}…", 400)


def call_itself(target: Target) -> None:
    """A delivery of a webhook that comes back to the server that sent it."""
    answer = target.send(
        "POST", f"{target.base}/api/2.0/mlflow/experiments/create", {"name": f"loop-{target.mark}"},
        {"X-MLflow-Delivery-Id": "1"},
    )  # fmt: skip
    target.refuse(answer, "A webhook's delivery", 403)


def look_alike(target: Target) -> None:
    """A registered model whose name reads like another one's."""
    for name in (f"{target.mark}%2fb", f"{target.mark}/b", f"{target.mark}:b", "e\u0301" + target.mark, "a\u0000b"):
        target.refuse(target.call("registered-models/create", {"name": name}), f"The model name {name!r}", 400)


def claim_other_host(target: Target) -> None:
    """Say in a proxy's headers that the request came elsewhere."""
    told = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/evil"}
    body = {"path": "x", "num_parts": 1}
    answer = target.send("POST", f"{target.base}/api/2.0/mlflow-artifacts/mpu/create/{target.place}", body, told)
    if b"evil" in answer.body or (target.origin.startswith("http:") and b"https://" in answer.body):
        raise Breach("Anybody can say in X-Forwarded-Host and -Proto where uploads go.")
    if answer.status == 200:
        upload = {"path": "x", "upload_id": answer.fields["upload_id"]}
        target.send("POST", f"{target.base}/api/2.0/mlflow-artifacts/mpu/abort/{target.place}", upload)


def sign_for_long(target: Target) -> None:
    """An address in the bucket that lasts for ever."""
    fields = {"run_id": target.run_id, "path": "canary/file.txt", "expiration": 10**9}
    target.refuse(target.call("artifacts/presigned-download-url", fields), "An address for thirty years", 400)


def _quick(ask: Callable[[], object]) -> None:
    start = time.monotonic()
    ask()
    if time.monotonic() - start > _SECONDS:
        raise Breach(f"One request kept the server busy for {time.monotonic() - start:.0f} s.")


REQUESTS = [
    Attack("SS-01", "an address to fetch, for the gateway's proxy", use_gateway),
    Attack("SS-05", "webhooks to places inside the network", call_inside(_INSIDE)),
    Attack("SS-08", "other spellings of such places", call_inside(_SPELLINGS)),
    Attack("AU-16", "model names that look like another one's", look_alike),
    Attack("AU-22", "headers of a proxy that is none", claim_other_host),
    Attack("DO-01", "ten thousand questions in one query", ask_graphs),
    Attack("DO-02", "names of millions of characters", send_long_names),
    Attack("DO-05", "batches above the limit", send_large_batches),
    Attack("DO-06", "filters and pages without end", search_hard),
    Attack("DO-07", "a body that unpacks to a large one", send_bombs),
    Attack("DO-09", "JSON that breaks parsers", send_odd_json),
    Attack("DO-12", "a webhook that triggers itself", call_itself),
    Attack("SV-06", "signed addresses without an end", sign_for_long),
]
