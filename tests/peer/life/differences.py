"""Where a client reads something else from Flowmill's server than from its own, on purpose, and why.

The page ``docs/guides/clients.md`` shows these reasons. Everything that is not here must be the same.
"""

from __future__ import annotations

from tests.peer.life.comparison import Difference

MORE_EXACT = Difference(
    r"runs: values/0/(above all|below all|minus/zero)",
    "Infinities and −0.0 come back as they were logged; MLflow's databases turn them into ±1.8e308 and 0.0.",
)
DIFFERENCES = (
    MORE_EXACT,
    Difference(
        r"search: filters/(metrics\.legs > 1 OR.*|run_name IN.*|tags\.kind (IN|IS).*|.* IS NULL.*|   )/(accepted|error)",
        "Filters understand OR, and IN and IS NULL for every field; an older MLflow refuses them.",
    ),
    Difference(
        r"search: filters/params\.rate = 0\.1/(accepted|error)",
        "A parameter that looks like a number can be compared with a number.",
    ),
    Difference(
        r"experiments: refusals/renamed to a taken one/error",
        "Renaming to a name that is taken is RESOURCE_ALREADY_EXISTS; MLflow's answer is its database's.",
    ),
    Difference(
        r"models: search logged models/0/(nonsense = 1|status = 'READY')/.*",
        "Logged models can be searched by their status, and a field that does not exist is the client's mistake.",
    ),
    Difference(
        r"models: delete logged model/2/(accepted|error)",
        "What is deleted cannot be deleted again.",
    ),
    Difference(
        r"runs: delete and restore/2/again/(accepted|error)|registry: refusals/slash/(accepted|error)",
        "Clients of every version meet the newest MLflow's rules: no second deletion of a run, no slash in a model's name.",
    ),
    Difference(
        r"registry: (places/.*|aliases.*|stages.*|copy.*)",
        "A version made from runs:/<run>/<name> is the logged model of that name: its files are found and it loads; "
        "a copied version says what its original was made from.",
    ),
    Difference(
        r"registry: delete/0/0/champion",
        "An alias goes with the version that it points at.",
    ),
    Difference(
        r"files: (download|everything|log files/.*)",
        "Names of files may be any text; an older MLflow server fails to send one that is not Latin.",
    ),
)
