"""PyTorch: exported graphs, pickles of modules and of TorchScript."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from tests.flavors.sheet import Case

REQUIRES = ("torch", "numpy")


def cases() -> list[Case]:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
    array = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    answer = model(torch.from_numpy(array)).detach().numpy()
    frame = pd.DataFrame(array, columns=["a", "b", "c"])
    pickled = {"serialization_format": "pickle"}
    rounding = {"close": 1e-6}

    def ask(loaded: torch.nn.Module, data: np.ndarray | pd.DataFrame) -> torch.Tensor:
        return loaded(torch.from_numpy(np.array(data, "float32")))

    return [
        Case("graph", model, array, answer, REQUIRES, native=ask, **rounding),
        Case("row", model, array[:1], answer[:1], REQUIRES, native=ask, there="MLflow traces one row", **rounding),
        Case(
            "pickle",
            model,
            frame,
            pd.DataFrame(answer),
            (*REQUIRES, "cloudpickle"),
            options=pickled,
            safe=False,
            native=lambda loaded, data: pd.DataFrame(ask(loaded, data).detach().numpy()),
            **rounding,
        ),
    ]
