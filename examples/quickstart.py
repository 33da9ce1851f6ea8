"""A first week with experiment tracking, in one script.

Three logistic regressions on the iris data, each a run with its parameters, its loss curves, its accuracy and
its model; two of the models registered. It runs unchanged with Flowmill and with MLflow::

    flowmill ui                    # in one terminal
    python examples/quickstart.py  # in another; an address as argument or in MLFLOW_TRACKING_URI changes where
"""

import os
import sys
import warnings

import mlflow
import pandas as pd
from mlflow.models import infer_signature
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

address = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000")
mlflow.set_tracking_uri(uri=address)
experiment = mlflow.set_experiment("MLFLOW Quickstart")

X, y = datasets.load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=42)

# One fit an epoch, to have a curve: that each of them stops early is what is wanted here.
warnings.filterwarnings("ignore", message="lbfgs failed to converge")


def train(inverse_penalty: float, epochs: int, registered_model_name: str | None):
    """One run: fit, log, and say what came out."""
    params = {"solver": "lbfgs", "C": inverse_penalty, "max_iter": epochs, "random_state": 8888}
    with mlflow.start_run() as run:
        mlflow.log_params(params)
        lr = LogisticRegression(solver="lbfgs", C=inverse_penalty, max_iter=1, warm_start=True, random_state=8888)
        for epoch in range(epochs):
            lr.fit(X_train, y_train)
            mlflow.log_metric("train/loss", log_loss(y_train, lr.predict_proba(X_train)), step=epoch)
            mlflow.log_metric("test/loss", log_loss(y_test, lr.predict_proba(X_test)), step=epoch)
        accuracy = accuracy_score(y_test, lr.predict(X_test))
        mlflow.log_metric("accuracy", accuracy)
        mlflow.set_tag("Training Info", "Basic LR model for iris data")
        signature = infer_signature(X_train, lr.predict(X_train))
        model_info = mlflow.sklearn.log_model(
            sk_model=lr,
            name="iris_model",
            signature=signature,
            input_example=X_train,
            registered_model_name=registered_model_name,
        )
    print(f"  run {run.info.run_name}: C={inverse_penalty}, {epochs} epochs, accuracy {accuracy:.3f}")
    return run, model_info


print(f"Logging three runs to {address} …")
train(0.01, 10, "tracking-quickstart")
train(1.0, 20, "tracking-quickstart")
last_run, model_info = train(100.0, 40, None)

print("Loading the last model and predicting …")
loaded_model = mlflow.pyfunc.load_model(model_info.model_uri)
predictions = loaded_model.predict(X_test)
result = pd.DataFrame(X_test, columns=datasets.load_iris().feature_names)
result["actual_class"] = y_test
result["predicted_class"] = predictions
print(result.head(4).to_string())

print("Validating the model in a fresh environment with its own requirements …")
mlflow.models.predict(
    model_uri=model_info.model_uri,
    input_data=loaded_model.input_example[:3],
    env_manager="uv",
)

latest = mlflow.sklearn.load_model("models:/tracking-quickstart/latest")
print(f"models:/tracking-quickstart/latest is a {type(latest).__name__} with C={latest.C}")
