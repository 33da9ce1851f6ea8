"""Lightning's MLFlowLogger: parameters, metrics of each step, checkpoints."""

import lightning
import mlflow
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import MLFlowLogger


class Line(lightning.LightningModule):
    def __init__(self) -> None:
        super().__init__()
        self.save_hyperparameters({"rate": 0.1})
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, number):
        features, target = batch
        loss = torch.nn.functional.mse_loss(self.layer(features), target)
        self.log("loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


data = torch.utils.data.TensorDataset(torch.rand(32, 2), torch.rand(32, 1))
logger = MLFlowLogger(
    "lines", run_name="one", tracking_uri=mlflow.get_tracking_uri(), log_model=True, tags={"team": "bees"}
)
lightning.Trainer(
    max_epochs=2, logger=logger, log_every_n_steps=1, enable_progress_bar=False, accelerator="cpu",
    callbacks=[ModelCheckpoint("checkpoints")],
).fit(Line(), torch.utils.data.DataLoader(data, batch_size=8))  # fmt: skip

assert mlflow.__name__ == "flowmill"
run = mlflow.get_run(logger.run_id)
assert (run.info.status, run.info.run_name, run.data.tags["team"]) == ("FINISHED", "one", "bees")
assert run.data.params["rate"] == "0.1"
history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
assert [point.step for point in history] == list(range(8))
assert mlflow.MlflowClient().list_artifacts(run.info.run_id)
