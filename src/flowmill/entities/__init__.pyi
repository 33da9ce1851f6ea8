# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.entities.artifact import FileInfo as FileInfo
from flowmill.entities.dataset import Dataset as Dataset
from flowmill.entities.dataset import DatasetInput as DatasetInput
from flowmill.entities.dataset import InputTag as InputTag
from flowmill.entities.experiment import Experiment as Experiment
from flowmill.entities.experiment import ExperimentTag as ExperimentTag
from flowmill.entities.metric import Metric as Metric
from flowmill.entities.metric import Series as Series
from flowmill.entities.model import LoggedModel as LoggedModel
from flowmill.entities.model import LoggedModelParameter as LoggedModelParameter
from flowmill.entities.model import LoggedModelStatus as LoggedModelStatus
from flowmill.entities.model import LoggedModelTag as LoggedModelTag
from flowmill.entities.run import LifecycleStage as LifecycleStage
from flowmill.entities.run import LoggedModelInput as LoggedModelInput
from flowmill.entities.run import LoggedModelOutput as LoggedModelOutput
from flowmill.entities.run import Param as Param
from flowmill.entities.run import Run as Run
from flowmill.entities.run import RunData as RunData
from flowmill.entities.run import RunInfo as RunInfo
from flowmill.entities.run import RunInputs as RunInputs
from flowmill.entities.run import RunOutputs as RunOutputs
from flowmill.entities.run import RunStatus as RunStatus
from flowmill.entities.run import RunTag as RunTag
from flowmill.entities.run import ViewType as ViewType
