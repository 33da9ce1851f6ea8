"""A study of Optuna whose trials run on Spark, whichever MLflow this is; prints what is kept of it as JSON."""

import json
import os
import sys

import mlflow
import optuna
from mlflow.optuna.storage import MlflowStorage
from mlflow.pyspark.optuna.study import MlflowSparkStudy
from pyspark.sql import SparkSession

os.environ["PYSPARK_PYTHON"] = sys.executable
optuna.logging.set_verbosity(optuna.logging.WARNING)
builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
builder.getOrCreate().sparkContext.setLogLevel("OFF")
experiment_id = mlflow.create_experiment("studies")
client = mlflow.MlflowClient()


def objective(trial):
    trial.set_user_attr("elsewhere", os.getpid() != here)
    return (trial.suggest_float("x", -10, 10) - 2) ** 2


def failing(trial):
    trial.suggest_float("x", -10, 10)
    raise ValueError("no such luck")


def two(trial):
    return trial.suggest_float("x", 0, 1), trial.suggest_int("y", 0, 3)


def kept(study):
    trials = sorted(study.trials, key=lambda each: each.number)
    info = study.get_resume_info()
    (run,) = [each for each in client.search_runs([experiment_id]) if each.info.run_name == study.study_name]
    return {
        "trials": [(each.number, each.state.name, sorted(each.params), each.user_attrs) for each in trials],
        "tried": len({each.params["x"] for each in trials}),
        "best": len(study.directions) > 1 or study.best_value == min(each.value for each in trials if each.values),
        "resumed": study.is_resumed_study,
        "completed": study.completed_trials_count,
        "info": (info.is_resumed, info.study_name, info.existing_trials, info.completed_trials),
        "files": sorted(len(client.list_artifacts(each.info.run_id)) for each in client.search_runs([experiment_id])),
        "run": run.info.status,
    }


here = os.getpid()
storage = MlflowStorage(experiment_id=experiment_id)
found = {}

study = MlflowSparkStudy("line", storage, sampler=optuna.samplers.RandomSampler(seed=1))
study.optimize(objective, n_trials=4)
found["first"] = kept(study)
resumed = MlflowSparkStudy("line", storage)
resumed.optimize(objective, n_trials=3, n_jobs=1, callbacks=[lambda study, trial: None])
found["resumed"] = kept(resumed)
resumed.optimize(failing, n_trials=1, catch=(ValueError,))
try:
    resumed.optimize(failing, n_trials=1)
except mlflow.exceptions.MlflowException as error:
    found["failed"] = "no such luck" in str(error) or "ValueError" in str(error)
found["after failures"] = kept(resumed)
resumed.optimize(objective, n_trials=2, timeout=0)
found["no time"] = len(resumed.trials)
for wrong in ({"direction": "maximize"}, {"direction": "minimize", "directions": ["minimize"]}):
    try:
        MlflowSparkStudy("line", storage, **wrong)
    except ValueError:
        found[str(wrong)] = True
both = MlflowSparkStudy("both", storage, directions=["minimize", "maximize"])
both.optimize(two, n_trials=2)
found["both"] = kept(both)
print(json.dumps(found))
