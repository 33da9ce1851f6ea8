"""Where artifacts live: one protocol, a file for each kind of place; and what users do with them."""

from flowmill.lazy import lazy_names

__getattr__, __dir__, __all__ = lazy_names(
    __name__,
    {
        "ArtifactStore": "flowmill.artifacts.store:ArtifactStore",
        "ArtifactStream": "flowmill.artifacts.store:ArtifactStream",
        "FileInfo": "flowmill.entities.artifact:FileInfo",
        "SafePath": "flowmill.artifacts.path:SafePath",
        "download_artifacts": "flowmill.downloads:download_artifacts",
        "list_artifacts": "flowmill.downloads:list_artifacts",
        "load_dict": "flowmill.downloads:load_dict",
        "load_image": "flowmill.downloads:load_image",
        "load_text": "flowmill.downloads:load_text",
        "open_artifacts": "flowmill.artifacts.open:open_artifacts",
    },
)
