"""What makes events: run with an address and the address of a receiver, by either side's client."""

from __future__ import annotations

import sys

import mlflow

ADDRESS, RECEIVER = sys.argv[1:]
EVENTS = [
    "registered_model.created",
    "model_version.created",
    "model_version_tag.set",
    "model_version_tag.deleted",
    "model_version_alias.created",
    "model_version_alias.deleted",
]

mlflow.set_tracking_uri(ADDRESS)
client = mlflow.MlflowClient()
for event in EVENTS:
    hook = client.create_webhook("one", f"{RECEIVER}/{event}", [event], secret="s3cret")
    client.test_webhook(hook.webhook_id)
for event in ["prompt.created", "prompt_version.created", "prompt_tag.set", "prompt_alias.deleted"]:
    hook = client.create_webhook("example", f"{RECEIVER}/{event}", [event])
    client.test_webhook(hook.webhook_id)
    client.delete_webhook(hook.webhook_id)

with mlflow.start_run() as run:
    mlflow.log_text("x", "model/MLmodel")
SOURCE = f"runs:/{run.info.run_id}/model"
client.create_registered_model("prod", {"a": "1"}, "about")
client.create_registered_model("bare")
client.create_model_version("prod", SOURCE, run.info.run_id, {"k": "v"}, description="first")
client.create_model_version("prod", SOURCE, run.info.run_id)
client.copy_model_version("models:/prod/1", "bare")
client.set_model_version_tag("prod", "1", "x", "é ☃")
client.set_model_version_tag("prod", "1", "x", "é ☃")
client.delete_model_version_tag("prod", "1", "x")
client.set_registered_model_tag("prod", "not", "told")
client.set_registered_model_alias("prod", "champion", "1")
client.set_registered_model_alias("prod", "champion", "2")
client.delete_registered_model_alias("prod", "champion")
client.update_model_version("prod", "1", "not told")
client.rename_registered_model("prod", "production")
client.delete_model_version("production", "2")
client.delete_registered_model("production")
print(run.info.run_id)
