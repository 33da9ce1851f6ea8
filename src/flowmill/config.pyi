# Written by `make schema` from the tables of lazily resolved names; do not edit.

from flowmill.api import enable_async_logging as enable_async_logging
from flowmill.machine import disable_system_metrics_logging as disable_system_metrics_logging
from flowmill.machine import enable_system_metrics_logging as enable_system_metrics_logging
from flowmill.machine import set_system_metrics_node_id as set_system_metrics_node_id
from flowmill.machine import set_system_metrics_samples_before_logging as set_system_metrics_samples_before_logging
from flowmill.machine import set_system_metrics_sampling_interval as set_system_metrics_sampling_interval
from flowmill.stores import get_registry_uri as get_registry_uri
from flowmill.stores import get_tracking_uri as get_tracking_uri
from flowmill.stores import is_tracking_uri_set as is_tracking_uri_set
from flowmill.stores import set_registry_uri as set_registry_uri
from flowmill.stores import set_tracking_uri as set_tracking_uri
