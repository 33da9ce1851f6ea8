"""Where a client reads something else from Flowmill's server than from its own, on purpose, and why.

The page ``docs/guides/clients.md`` shows these reasons. Everything that is not here must be the same.
"""

from __future__ import annotations

from tests.peer.life.comparison import Difference

MORE_EXACT = Difference(
    r"runs: values/0/(above all|below all|minus/zero)",
    "Infinities and −0.0 come back as they were logged; MLflow's databases turn them into ±1.8e308 and 0.0.",
)
DIFFERENCES_OF_PLACES = Difference(
    r"registry: (places/.*|aliases.*|stages.*|copy.*)",
    "A version made from runs:/<run>/<name> is the logged model of that name: its files are found and it loads; "
    "a copied version says what its original was made from.",
)
DIFFERENCES = (
    MORE_EXACT,
    Difference(
        r"search: filters/(.* OR .*|run_name IN.*|tags\.kind (IN|IS).*|.* IS NULL.*|   )/(accepted|error)",
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
        "Clients of every version meet the newest MLflow's rules: no second deletion of a run, no slash in a model's "
        "name.",
    ),
    DIFFERENCES_OF_PLACES,
    Difference(
        r"registry: delete/0/0/champion",
        "An alias goes with the version that it points at.",
    ),
    Difference(
        r"files: (download|everything|log files/.*)",
        "Names of files may be any text; an older MLflow server fails to send one that is not Latin.",
    ),
)

OUR_CLIENT = (
    Difference(
        r".*/(tag_list|alias_list|metric_list|param_list|run_uuid|workspace_name)|models: external life/\d/(info|data)",
        "Entities also hold the lists that came over the wire.",
    ),
    Difference(r"runs: .*/lost", "A run's info says whether its process is silent."),
    Difference(
        r".*/user_id|search: filters/attributes\.user_id = 'ada'/accepted",
        "A run made by the client alone says who made it; nobody invented an empty user of a version.",
    ),
    Difference(
        r".*/(status_message|deployment_job_id|deployment_job_state)|models: logged models/3",
        "What nobody said is None, not an empty text.",
    ),
    Difference(r"runs: create by client/0/outputs", "A run that was just made has no outputs yet."),
    Difference(
        r"models: delete logged model/3/.*",
        "A deleted logged model is looked for by the server alone.",
    ),
    DIFFERENCES_OF_PLACES,
    Difference(
        r"models: logged models/8|models: model info/3",
        "A logged model has a list of its files' hashes beside them and in a tag, by which it is checked when it is "
        "loaded.",
    ),
    Difference(r"models: log sklearn/5", "The version that a model was registered as is a number."),
    Difference(r"(models|registry): .*/model_id", "A version says from which logged model it was made."),
    Difference(
        r"files: refusals/.*|runs: refusals/(text as metric|bad status)/error|models: .*/_",
        "What the user got wrong is INVALID_PARAMETER_VALUE, found before anything is sent.",
    ),
    Difference(
        r"background: many threads.*",
        "Eight threads that set tags at once all succeed; MLflow's database may refuse one.",
    ),
)
"""Where our client reads something else than MLflow's does."""

OLDER_SERVER = (
    Difference(
        r"experiments: tags.*|files: (download|everything)/error",
        "What a server of MLflow 2 cannot do is refused with its code.",
    ),
    Difference(
        r"runs: .*/(outputs|inputs/model_inputs)|runs: values/1/0/(dataset_digest|dataset_name|model_id|run_id)"
        r"|.*/(workspace|trace_location|effective_trace_archival_retention|deployment_job_id|deployment_job_state)"
        r"|(models|registry): .*/(params|metrics)",
        "What MLflow 3 added to runs, metrics, experiments and versions is empty.",
    ),
    Difference(
        r"registry: versions/0/3/source|models: log pyfunc/1/source",
        "A version names its run and path, wherever the files are moved.",
    ),
    Difference(r"models: model info/3/\d", "A scikit-learn model is kept as skops, which runs no code of the file."),
)
"""Where our client with a server of MLflow 2 reads something else than the client of that version."""

NEEDS = {
    "datasets: search by dataset": "datasets: log input",
    "files: everything": "files: tables",
    "files: list by uri": "files: figures and images",
}
"""Steps that read what another step has written."""
