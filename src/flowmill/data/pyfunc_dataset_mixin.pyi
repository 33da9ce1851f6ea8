# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.data.dataset import PyFuncConvertibleDatasetMixin as PyFuncConvertibleDatasetMixin
from flowmill.data.dataset import PyFuncInputsOutputs as PyFuncInputsOutputs
