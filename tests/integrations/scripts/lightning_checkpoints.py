"""``mlflow.pytorch.load_checkpoint()``: modules as they were when autologging kept them."""

import os

import lightning
import mlflow
import torch

torch.manual_seed(0)
features = torch.randn(64, 4)
data = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(features, features.sum(1)), batch_size=16)


class Net(lightning.LightningModule):
    """One layer, with a setting that its checkpoints hold."""

    def __init__(self, rate=0.1, extra=None):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 1)

    def forward(self, rows):
        return self.layer(rows).squeeze(-1)

    def training_step(self, batch, number):
        loss = torch.nn.functional.mse_loss(self(batch[0]), batch[1])
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.rate)


class Odd:
    """What no checkpoint should hold."""


def trained(net, **options):
    mlflow.pytorch.autolog(
        log_models=False, silent=True, checkpoint_monitor="loss", checkpoint_save_best_only=False, **options
    )
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "enable_checkpointing": False}
    trainer = lightning.Trainer(accelerator="cpu", devices=1, logger=False, max_epochs=2, **quiet)
    trainer.fit(net, data)
    return mlflow.last_active_run().info.run_id


def refused(words, *arguments, **options):
    try:
        mlflow.pytorch.load_checkpoint(*arguments, **options)
    except mlflow.MlflowException as error:
        assert words in str(error), error
    else:
        raise AssertionError(f"expected: {words}")


net = Net(rate=0.05)
run_id = trained(net)
last = mlflow.pytorch.load_checkpoint(Net, run_id)
assert type(last) is Net and last.hparams.rate == 0.05
assert torch.equal(last.layer.weight, net.layer.weight)
first = mlflow.pytorch.load_checkpoint(Net, run_id, epoch=0)
assert not torch.equal(first.layer.weight, net.layer.weight)
assert torch.equal(mlflow.pytorch.load_checkpoint(Net, run_id, epoch=1).layer.weight, net.layer.weight)
again = mlflow.pytorch.load_checkpoint(Net, run_id, kwargs={"rate": 0.5})
assert again.hparams.rate == 0.5
refused("it has epoch_0/checkpoint.pth, epoch_1/checkpoint.pth", Net, run_id, epoch=5)
refused("derives from LightningModule", torch.nn.Linear, run_id)
refused("not both", Net, run_id, 1, 1)

by_steps = trained(Net(), checkpoint_save_freq=3)
assert torch.is_tensor(mlflow.pytorch.load_checkpoint(Net, by_steps, global_step=6).layer.weight)

odd = trained(Net(extra=Odd()))
refused("MLFLOW_ALLOW_PICKLE_DESERIALIZATION=true", Net, odd)
os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
assert type(mlflow.pytorch.load_checkpoint(Net, odd, kwargs={"weights_only": False}).hparams.extra) is Odd
