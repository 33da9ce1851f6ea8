"""``python -m flowmill.serving.by_lines MODEL``: a scoring server without a port, asked by lines of standard input.

A line is a JSON object: ``id``, ``data`` (the body of a request, as text) and ``output_file``, where the answer is
put: ``{"id": …, "predictions": …}``, or the error as a server has it. It is renamed into its place, so whoever sees
the file finds it whole. The end of the input ends the process.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path

from flowmill.compat.finder import install_as_mlflow
from flowmill.errors import FlowmillError
from flowmill.models.pyfunc_model import PyFuncModel
from flowmill.serving.functions import invocations, load_model_with_mlflow_config
from flowmill.serving.predictor import JSON


def main(model_uri: str) -> int:
    """Returns the exit code."""
    # The user's own code in the model may say `import mlflow`.
    install_as_mlflow()
    try:
        answer_lines(load_model_with_mlflow_config(model_uri), sys.stdin)
    except FlowmillError as error:
        print(f"Error: {error.message}", file=sys.stderr)
        return 1
    return 0


def answer_lines(model: PyFuncModel, lines: Iterable[str]) -> None:
    """Answer every line in turn; Invalid for one that is no request."""
    for line in lines:
        request = json.loads(line)
        try:
            body = invocations(request["data"], JSON, model, model.metadata.get_input_schema()).response
        except Exception as error:  # a model may raise anything; the next request is none the worse
            told = error if isinstance(error, FlowmillError) else FlowmillError(f"{type(error).__name__}: {error}")
            body = told.serialize_as_json()
        target = Path(request["output_file"])
        draft = target.with_suffix(".part")
        draft.write_text(json.dumps({"id": request["id"], **json.loads(body)}), encoding="utf-8")
        draft.replace(target)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
