# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.digest import MAX_ROWS as MAX_ROWS
from flowmill.data.digest import compute_numpy_digest as compute_numpy_digest
from flowmill.data.digest import compute_pandas_digest as compute_pandas_digest
from flowmill.data.digest import get_normalized_md5_digest as get_normalized_md5_digest
