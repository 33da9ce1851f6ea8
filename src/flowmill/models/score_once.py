"""What runs in a model's own environment: ``python -m flowmill.models.score_once FOLDER FORMAT INPUT ANSWER``.

Reads the input file, asks the model, writes the JSON answer. An error that Flowmill raises on purpose is written
to the answer file instead, and the exit code says so; any other error is left to show itself.
"""

from __future__ import annotations

import sys
from pathlib import Path

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
        model = load_model(folder)
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


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
