"""TensorFlow: a module as SavedModel, and a Keras model."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from tests.flavors.sheet import Case
from tests.flavors.sheets.keras import models


class Twice(tf.Module):
    """Names what it answers."""

    @tf.function(input_signature=[tf.TensorSpec([None, 3], tf.float32)])
    def __call__(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"twice": x * 2}


def cases() -> list[Case]:
    array = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    plain, _ = models()

    def ask(model: object, data: np.ndarray) -> np.ndarray:
        return model.predict(data, verbose=0)

    def call(model: object, data: np.ndarray) -> dict[str, np.ndarray]:
        return {name: value.numpy() for name, value in model(tf.convert_to_tensor(data)).items()}

    # MLflow finds no types in what a module answers by name, so neither side infers a signature.
    module = {"safe": False, "native": call, "example": False}
    needs = ("tensorflow-cpu", "numpy")
    return [
        Case("keras", plain, array, ask(plain, array), (*needs, "keras"), native=ask, close=1e-6, known_as="keras"),
        Case("module", Twice(), array, {"twice": array * 2}, needs, **module),
    ]
