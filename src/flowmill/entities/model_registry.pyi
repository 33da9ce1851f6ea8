# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.entities.registry import ModelVersion as ModelVersion
from flowmill.entities.registry import ModelVersionDeploymentJobState as ModelVersionDeploymentJobState
from flowmill.entities.registry import ModelVersion as _ModelVersionSearch
ModelVersionSearch = _ModelVersionSearch
from flowmill.entities.registry import ModelVersionTag as ModelVersionTag
from flowmill.entities.registry import RegisteredModel as RegisteredModel
from flowmill.entities.registry import RegisteredModelAlias as RegisteredModelAlias
from flowmill.entities.registry import RegisteredModelDeploymentJobState as RegisteredModelDeploymentJobState
from flowmill.entities.registry import RegisteredModel as _RegisteredModelSearch
RegisteredModelSearch = _RegisteredModelSearch
from flowmill.entities.registry import RegisteredModelTag as RegisteredModelTag
