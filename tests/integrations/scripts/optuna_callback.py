"""Optuna's MLflowCallback: a run a trial."""

import mlflow
import optuna
from optuna_integration.mlflow import MLflowCallback

callback = MLflowCallback(metric_name="loss", create_experiment=True)
study = optuna.create_study(study_name="parabola")


@callback.track_in_mlflow()
def objective(trial: optuna.Trial) -> float:
    x = trial.suggest_float("x", -10, 10)
    mlflow.log_param("power", 2)
    return (x - 2) ** 2


study.optimize(objective, n_trials=4, callbacks=[callback])

assert mlflow.__name__ == "flowmill"
runs = mlflow.search_runs(experiment_names=["parabola"], output_format="list")
by_number = {run.info.run_name: run for run in runs}
assert sorted(by_number) == ["0", "1", "2", "3"]
for trial in study.trials:
    run = by_number[str(trial.number)]
    assert run.data.params == {"x": str(trial.params["x"]), "power": "2"}
    assert run.data.metrics == {"loss": trial.value}
    assert run.info.status == "FINISHED"
