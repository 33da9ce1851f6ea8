"""The MLflowCallback of Hugging Face's Trainer: settings as parameters, its logs as metrics."""

import mlflow
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8)
data = [{"input_ids": torch.tensor([1, 2, 3]), "labels": torch.tensor(1)}] * 8
arguments = TrainingArguments(
    "out", report_to=["mlflow"], num_train_epochs=2, per_device_train_batch_size=4, logging_steps=1, use_cpu=True,
    disable_tqdm=True, run_name="tiny",
)  # fmt: skip
mlflow.set_experiment("tiny models")
Trainer(BertForSequenceClassification(config), arguments, train_dataset=data).train()
mlflow.end_run()

assert mlflow.__name__ == "flowmill"
(run,) = mlflow.search_runs(experiment_names=["tiny models"], output_format="list")
assert (run.info.status, run.info.run_name) == ("FINISHED", "tiny")
assert (run.data.params["hidden_size"], run.data.params["num_train_epochs"]) == ("8", "2")
history = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
assert [point.step for point in history] == [1, 2, 3, 4]
assert {"train_loss", "learning_rate"} <= set(run.data.metrics)
