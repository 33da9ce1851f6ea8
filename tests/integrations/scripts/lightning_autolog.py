"""``mlflow.pytorch.autolog()``: what MLflow was seen to log of Lightning's trainings, alone and by two processes."""

import contextlib
import os
import sys

import lightning
import mlflow
import pytorch_lightning
import torch

torch.manual_seed(0)
features = torch.randn(64, 4)
classes = (features.sum(1) > 0).float()
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(features, classes), batch_size=16)


def module(package):
    class Net(package.LightningModule):
        def __init__(self):
            super().__init__()
            self.layers = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))

        def forward(self, rows):
            return self.layers(rows).squeeze(-1)

        def loss(self, batch):
            return torch.nn.functional.binary_cross_entropy_with_logits(self(batch[0]), batch[1])

        def training_step(self, batch, number):
            loss = self.loss(batch)
            self.log("train_loss", loss, on_step=True, on_epoch=True, sync_dist=True)
            return loss

        def validation_step(self, batch, number):
            self.log("val_loss", self.loss(batch), sync_dist=True)

        def test_step(self, batch, number):
            self.log("test_loss", self.loss(batch))

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=0.01)

    torch.manual_seed(1)
    return Net()


def trainer(package=lightning, **options):
    quiet = {
        "enable_progress_bar": False,
        "enable_model_summary": False,
        "enable_checkpointing": False,
        "logger": False,
    }
    return package.Trainer(accelerator="cpu", **{"devices": 1, **quiet, **options})


def history(run, key):
    return [point.step for point in mlflow.MlflowClient().get_metric_history(run.info.run_id, key)]


def files(run, folder=None):
    found = mlflow.MlflowClient().list_artifacts(run.info.run_id, folder)
    return {path for each in found for path in (files(run, each.path) if each.is_dir else {each.path})}


if "two" in sys.argv:
    mlflow.pytorch.autolog(log_models=False, silent=True)
    trainer(devices=2, strategy="ddp", max_epochs=2).fit(module(lightning), data, data)
    sys.exit()

for package in (lightning, pytorch_lightning):
    mlflow.pytorch.autolog(silent=True)
    fitted, net = trainer(package, max_epochs=3), module(package)
    fitted.fit(net, data, data)
    run = mlflow.last_active_run()
    assert (run.info.status, run.data.tags["mlflow.autologging"]) == ("FINISHED", "pytorch")
    expected = {"epochs": "3", "optimizer_name": "Adam", "lr": "0.01", "betas": "(0.9, 0.999)", "weight_decay": "0"}
    assert {key: run.data.params[key] for key in expected} == expected
    assert run.data.metrics.keys() == {"train_loss", "train_loss_epoch", "train_loss_step", "val_loss"}
    assert history(run, "train_loss") == history(run, "val_loss") == [0, 1, 2]
    assert files(run) >= {"model_summary.txt", "checkpoints/latest_checkpoint.pth"}
    assert run.data.tags["mlflow.latest_checkpoint_artifact"] == "checkpoints/latest_checkpoint.pth"
    facts = mlflow.artifacts.load_dict(f"runs:/{run.info.run_id}/checkpoints/latest_checkpoint_metrics.json")
    assert (facts["epoch"], facts["global_step"]) == (2, 12)
    (made,) = run.outputs.model_outputs
    loaded = mlflow.pyfunc.load_model(f"models:/{made.model_id}")
    assert loaded.metadata.signature.inputs.inputs[0].shape == (-1, 4)
    answer = net.eval()(features).detach().numpy()
    assert abs(loaded.predict(features.numpy()) - answer).max() < 1e-6
    # A test afterwards is of the same training.
    fitted.test(net, data, verbose=False)
    run = mlflow.get_run(run.info.run_id)
    assert (history(run, "test_loss"), run.data.tags["Mode"]) == ([0], "testing")
assert len(mlflow.search_runs()) == 2

mlflow.pytorch.autolog(
    log_every_n_step=3, log_models=False, checkpoint_save_best_only=False, checkpoint_save_weights_only=True,
    checkpoint_save_freq=4, silent=True,
)  # fmt: skip
stop = lightning.pytorch.callbacks.EarlyStopping("val_loss", patience=1, min_delta=10.0)
trainer(max_epochs=6, callbacks=[stop]).fit(module(lightning), data, data)
run = mlflow.last_active_run()
assert (history(run, "train_loss_step"), history(run, "train_loss_epoch")) == ([2, 5], [0, 1])
assert (run.data.params["patience"], run.data.metrics["stopped_epoch"]) == ("1", 1)
kept = {path for path in files(run) if path.startswith("checkpoints/")}
assert kept == {
    f"checkpoints/global_step_{step}/checkpoint{end}" for step in (4, 8) for end in (".weights.pth", "_metrics.json")
}


class Broken(Exception):
    pass


def fail(batch):
    raise Broken


net = module(lightning)
net.training_step = fail
with contextlib.suppress(Broken):
    trainer(max_epochs=1).fit(net, data)
assert mlflow.search_runs(output_format="list")[0].info.status == "FAILED"

mlflow.pytorch.autolog(disable=True)
before = len(mlflow.search_runs())
trainer(max_epochs=1).fit(module(lightning), data)
assert len(mlflow.search_runs()) == before

assert os.spawnlp(os.P_WAIT, sys.executable, sys.executable, __file__, "two") == 0
run = mlflow.search_runs(output_format="list")[0]
assert len(mlflow.search_runs()) == before + 1
assert (run.info.status, history(run, "train_loss_epoch"), history(run, "val_loss")) == ("FINISHED", [0, 1], [0, 1])
assert "model_summary.txt" in files(run)
