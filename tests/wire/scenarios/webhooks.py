"""Webhooks as the real client makes and changes them; `webhooks.json` is what it read back from the real server.

The address is one that both servers accept and nothing is sent to.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import mlflow
from mlflow.entities import Webhook, WebhookEvent
from mlflow.exceptions import MlflowException

ADDRESS = sys.argv[1]
SEEN: dict[str, Any] = {}
URL = "https://1.1.1.1/hook?a=b"


def mark(name: str) -> None:
    """Name what follows, where a recorder listens."""
    if "--recorded" in sys.argv:
        with urllib.request.urlopen(f"{ADDRESS}/recorder/label/{name}"):
            pass


def shown(hook: Webhook) -> list[Any]:
    """What does not differ each time."""
    return [hook.name, hook.url, sorted(map(str, hook.events)), hook.description, str(hook.status), hook.secret]


def refused(action: Callable[[], Any]) -> str:
    """The code of the error."""
    try:
        action()
    except MlflowException as error:
        return error.error_code
    return "no error"


def send(method: str, path: str, body: Any = None) -> int:
    """A request that the client would not send."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{ADDRESS}/api/2.0/mlflow/{path}", data=data, method=method)
    if data is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


mlflow.set_tracking_uri(ADDRESS)
client = mlflow.MlflowClient()

mark("create")
first = client.create_webhook("ci", URL, ["model_version.created", "registered_model.created"], "about", "s3cret")
second = client.create_webhook("ci", URL, [WebhookEvent("prompt_version_tag", "set")], status="DISABLED")
third = client.create_webhook("x" * 63, URL, ["budget_policy.exceeded"])
SEEN["made"] = [shown(first), shown(second), shown(third)]

mark("get")
SEEN["got"] = shown(client.get_webhook(first.webhook_id))

mark("list")
SEEN["listed"] = [shown(each) for each in client.list_webhooks()]
page = client.list_webhooks(max_results=2)
rest = client.list_webhooks(max_results=2, page_token=page.token)
SEEN["pages"] = [[each.name for each in page], [each.name for each in rest], rest.token]

mark("update")
changed = client.update_webhook(
    second.webhook_id, "cd", "text", URL + "c", ["model_version_alias.created"], "t", "ACTIVE"
)
SEEN["changed"] = shown(changed)
SEEN["untouched"] = shown(client.update_webhook(second.webhook_id))

mark("refusals")
ONE = [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]
BAD = [{"entity": "MODEL_VERSION", "action": "SET"}]
SEEN["refused"] = [
    refused(lambda: client.get_webhook("nope")),
    refused(lambda: client.delete_webhook("nope")),
    refused(lambda: client.update_webhook("nope", name="x")),
    refused(lambda: client.test_webhook("nope")),
    refused(lambda: client.create_webhook("a b", URL, ["model_version.created"])),
    refused(lambda: client.create_webhook("a", "http://1.1.1.1", ["model_version.created"])),
    refused(lambda: client.create_webhook("a", "https://127.0.0.1", ["model_version.created"])),
    refused(lambda: client.create_webhook("a", "https://2130706433", ["model_version.created"])),
    refused(lambda: client.create_webhook("a", "https://[::ffff:169.254.169.254]", ["model_version.created"])),
    refused(lambda: client.create_webhook("a", "https://no-such-host.invalid", ["model_version.created"])),
    refused(lambda: client.create_webhook("a", URL, [])),
    refused(lambda: client.update_webhook(first.webhook_id, url="ftp://1.1.1.1")),
    refused(lambda: client.list_webhooks(max_results=1001)),
    refused(lambda: client.list_webhooks(page_token="zz")),
]
SEEN["sent"] = [
    send("POST", "webhooks", {}),
    send("POST", "webhooks", {"name": "a"}),
    send("POST", "webhooks", {"name": "a", "url": URL}),
    send("POST", "webhooks", {"name": "a", "url": URL, "events": []}),
    send("POST", "webhooks", {"name": "a", "url": URL, "events": BAD}),
    send("POST", "webhooks", {"name": 5, "url": URL, "events": ONE}),
    send("POST", f"webhooks/{first.webhook_id}/test", {"event": BAD[0]}),
    send("PATCH", f"webhooks/{first.webhook_id}", {"events": BAD}),
    send("GET", "webhooks?max_results=x"),
]

mark("update-empty")
SEEN["emptied"] = [
    send("PATCH", f"webhooks/{first.webhook_id}", body)
    for body in ({"name": ""}, {"url": ""}, {"events": []}, {"secret": ""}, {"description": ""})
]
SEEN["after"] = shown(client.get_webhook(first.webhook_id))

mark("delete")
for hook in (first, second, third):
    client.delete_webhook(hook.webhook_id)
SEEN["left"] = len(client.list_webhooks())
SEEN["gone"] = refused(lambda: client.get_webhook(first.webhook_id))

print(json.dumps(SEEN))
