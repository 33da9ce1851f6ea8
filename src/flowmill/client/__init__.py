"""The client: every operation by a friendly name, each a request that is sent to a store."""

from flowmill.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "Client": "flowmill.client.client:Client",
        "MlflowClient": "flowmill.client.client:Client",
        "PagedList": "flowmill.client.base:PagedList",
        "RunOperations": "flowmill.client.base:RunOperations",
        "metric_value": "flowmill.client.values:metric_value",
    },
)
