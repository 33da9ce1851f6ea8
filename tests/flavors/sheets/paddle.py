"""PaddlePaddle: layers that say what they take, layers that an example tells it of, a high-level model."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import pandas as pd

from tests.flavors.sheet import Case

REQUIRES = ("paddlepaddle", "numpy")


class Line(paddle.nn.Layer):
    """A line through three numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.line = paddle.nn.Linear(3, 1)

    @paddle.jit.to_static(input_spec=[paddle.static.InputSpec([None, 3], "float32")])
    def forward(self, x: Any) -> Any:
        return self.line(x)


def cases() -> list[Case]:
    paddle.seed(0)
    array = np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    frame = pd.DataFrame(array, columns=["a", "b", "c"])
    line, free = Line(), paddle.nn.Linear(3, 2)
    names = [paddle.static.InputSpec([None, 3], "float32", "x")], [paddle.static.InputSpec([None, 1], "float32", "y")]
    whole = paddle.Model(Line(), *names)

    def ask(model: Any, data: Any) -> Any:
        numbers = data.to_numpy() if isinstance(data, pd.DataFrame) else data
        network = model.network if isinstance(model, paddle.Model) else model
        return pd.DataFrame(network(paddle.to_tensor(numbers)).numpy())

    def case(name: str, model: Any, data: Any, **more: Any) -> Case:
        return Case(name, model, data, ask(model, data), REQUIRES, native=ask, close=1e-6, **more)

    return [
        case("line", line, array),
        case("table", line, frame, corrupt=False),
        case("free", free, array, there="MLflow saves only layers that say what they take.", corrupt=False),
        case("whole", whole, array, corrupt=False),
    ]
