"""As ``flowmill.data``."""

# Written by `make schema` from the tables of lazily resolved names; do not edit.

from . import artifact_dataset_sources as artifact_dataset_sources
from . import code_dataset_source as code_dataset_source
from . import dataset as dataset
from . import dataset_registry as dataset_registry
from . import dataset_source as dataset_source
from . import dataset_source_registry as dataset_source_registry
from . import delta_dataset_source as delta_dataset_source
from . import digest_utils as digest_utils
from . import evaluation_dataset as evaluation_dataset
from . import filesystem_dataset_source as filesystem_dataset_source
from . import http_dataset_source as http_dataset_source
from . import huggingface_dataset as huggingface_dataset
from . import huggingface_dataset_source as huggingface_dataset_source
from . import meta_dataset as meta_dataset
from . import numpy_dataset as numpy_dataset
from . import pandas_dataset as pandas_dataset
from . import polars_dataset as polars_dataset
from . import pyfunc_dataset_mixin as pyfunc_dataset_mixin
from . import sources as sources
from . import spark_dataset as spark_dataset
from . import spark_dataset_source as spark_dataset_source
from . import tensorflow_dataset as tensorflow_dataset
from . import uc_volume_dataset_source as uc_volume_dataset_source
from flowmill.data import *
