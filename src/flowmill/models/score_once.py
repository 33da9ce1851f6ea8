"""What runs in a model's own environment: ``python -m flowmill.models.score_once FOLDER FORMAT INPUT ANSWER``.

Reads the input file, asks the model, writes the JSON answer. An error that Flowmill raises on purpose is written
to the answer file instead, and the exit code says so; any other error is left to show itself.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

from flowmill.compat.finder import install_as_mlflow
from flowmill.errors import FlowmillError
from flowmill.models.formats import read_csv, read_json, write_answer
from flowmill.models.pyfunc import load_model

REFUSED = 3


def main(folder: str, content_type: str, given: str, answer: str) -> int:
    """Returns the exit code."""
    # The user's own code in the model may say `import mlflow`.
    install_as_mlflow()
    try:
        # What loading makes stays until the end: looking through all of it for rubbish finds none.
        gc.disable()
        model = load_model(folder)
        gc.enable()
        schema = model.metadata.get_input_schema()
        data = Path(given).read_bytes()
        if content_type == "csv":
            result = model.predict(read_csv(data, schema))
        else:
            table, params = read_json(data, schema)
            result = model.predict(table, params=params)
        Path(answer).write_text(write_answer(result), encoding="utf-8")
    except FlowmillError as error:
        Path(answer).write_text(error.serialize_as_json(), encoding="utf-8")
        return REFUSED
    return 0


def leave(code: int) -> NoReturn:
    """End this process as Python does, but leave its memory to the system.

    Taking a thousand modules apart one by one takes as long as a quarter of importing them.
    """
    threading._shutdown()  # type: ignore[attr-defined] -- waits for threads of the model's own
    atexit._run_exitfuncs()  # pyright: ignore[reportPrivateUsage] -- there is no public name
    # Standard output and error, and files that the model's own code left open.
    for each in gc.get_objects():
        if issubclass(type(each), io.IOBase):
            with contextlib.suppress(OSError, ValueError):
                each.flush()
    os._exit(code)


if __name__ == "__main__":
    leave(main(*sys.argv[1:]))
