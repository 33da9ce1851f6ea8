"""Keras on TensorFlow: sequential and functional models, a Lambda layer."""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from tests.flavors.sheet import Case

REQUIRES = ("keras", "tensorflow-cpu", "numpy")


def models() -> tuple[keras.Model, keras.Model]:
    keras.utils.set_random_seed(0)
    plain = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
    first, second = keras.Input((3,), name="first"), keras.Input((2,), name="second")
    both = keras.layers.Dense(2, name="both")(keras.layers.Concatenate()([first, second]))
    return plain, keras.Model({"first": first, "second": second}, both)


def cases() -> list[Case]:
    plain, named = models()
    random = np.random.default_rng(0)
    array = random.normal(size=(5, 3)).astype("float32")
    parts = {"first": array, "second": random.normal(size=(5, 2)).astype("float32")}

    def ask(model: keras.Model, data: object) -> np.ndarray:
        return model.predict(data, verbose=0)

    return [
        Case("plain", plain, array, ask(plain, array), REQUIRES, native=ask, close=1e-6),
        Case("named", named, parts, ask(named, parts), REQUIRES, native=ask, close=1e-6, corrupt=False),
    ]
