"""Datasets: what a run was trained or measured on, by name, digest, schema and where it came from."""

from flowmill.data.names import lazy_names_and_constructors

_CONSTRUCTORS = {
    "huggingface_dataset": "from_huggingface",
    "numpy_dataset": "from_numpy",
    "pandas_dataset": "from_pandas",
    "polars_dataset": "from_polars",
    "spark_dataset": "from_spark load_delta",
    "tensorflow_dataset": "from_tensorflow",
}
_SOURCES = "get_source get_dataset_source_from_json get_registered_sources"
_MODULES = """
    artifact_dataset_sources code_dataset_source dataset dataset_registry dataset_source dataset_source_registry
    delta_dataset_source digest_utils evaluation_dataset filesystem_dataset_source http_dataset_source
    huggingface_dataset huggingface_dataset_source meta_dataset numpy_dataset pandas_dataset polars_dataset
    pyfunc_dataset_mixin schema sources spark_dataset spark_dataset_source tensorflow_dataset
    uc_volume_dataset_source
"""

__getattr__, __dir__, __all__ = lazy_names_and_constructors(
    __name__,
    {
        **{name: f"{__name__}.{module}:{name}" for module, names in _CONSTRUCTORS.items() for name in names.split()},
        **{name: f"{__name__}.dataset_source_registry:{name}" for name in _SOURCES.split()},
        "Dataset": f"{__name__}.dataset:Dataset",
        "DatasetSource": f"{__name__}.dataset_source:DatasetSource",
        **{name: f"{__name__}.{name}" for name in _MODULES.split()},
    },
)
