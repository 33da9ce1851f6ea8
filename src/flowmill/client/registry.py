"""The model registry."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Mapping
from datetime import date
from typing import Any

from flowmill.client.base import Connected, PagedList
from flowmill.entities.as_of import moment
from flowmill.entities.registry import ModelVersion, ModelVersionTag, RegisteredModel, RegisteredModelTag
from flowmill.entities.registry_event import RegistryEvent, RegistryEventKind
from flowmill.errors import AlreadyExists, Invalid, NotFound
from flowmill.wire import history, registry

_COPIED = re.compile(r"models:/(?P<name>[^/@]+)(?:/(?P<version>[^/@]+)|@(?P<alias>[^/@]+))")


class RegistryClient(Connected):
    """Operations on registered models and their versions."""

    def create_registered_model(
        self,
        name: str,
        tags: Mapping[str, Any] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,
    ) -> RegisteredModel:
        """Make a registered model. AlreadyExists if the name is taken."""
        _refuse_deployment_job(deployment_job_id)
        pairs = [RegisteredModelTag(key, str(value)) for key, value in (tags or {}).items()]
        return self._registry.send(registry.CreateRegisteredModel(name=name, tags=pairs, description=description or ""))

    def get_registered_model(self, name: str) -> RegisteredModel:
        """The registered model of this name."""
        return self._registry.send(registry.GetRegisteredModel(name=name))

    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Give a registered model another name."""
        return self._registry.send(registry.RenameRegisteredModel(name=name, new_name=new_name))

    def update_registered_model(
        self, name: str, description: str | None = None, deployment_job_id: str | None = None
    ) -> RegisteredModel:
        """Change the description of a registered model."""
        _refuse_deployment_job(deployment_job_id)
        return self._registry.send(registry.UpdateRegisteredModel(name=name, description=description or ""))

    def delete_registered_model(self, name: str) -> None:
        """Delete a registered model with its versions."""
        self._registry.send(registry.DeleteRegisteredModel(name=name))

    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int = 100,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """A page of registered models, by name unless ordered."""
        page = self._registry.send(
            registry.SearchRegisteredModels(
                filter=filter_string or "",
                max_results=max_results,
                order_by=order_by or [],
                page_token=page_token or "",
            )
        )
        return PagedList(page.registered_models, page.next_page_token)

    def set_registered_model_tag(self, name: str, key: str, value: Any) -> None:
        """Set a tag of a registered model."""
        self._registry.send(registry.SetRegisteredModelTag(name=name, key=key, value=str(value)))

    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a registered model."""
        self._registry.send(registry.DeleteRegisteredModelTag(name=name, key=key))

    def set_registered_model_alias(self, name: str, alias: str, version: str | int) -> None:
        """Point an alias at a version."""
        self._registry.send(registry.SetAlias(name=name, alias=alias, version=str(version)))

    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias."""
        self._registry.send(registry.DeleteAlias(name=name, alias=alias))

    def get_model_version_by_alias(self, name: str, alias: str, as_of: str | int | date | None = None) -> ModelVersion:
        """The version that an alias points at, or pointed at ``as_of`` a time (see `flowmill.entities.as_of`).

        As of a time, the version is given as it was then, though it be deleted since.
        """
        if as_of is not None:
            return self._registry.send(history.GetVersionAsOf(name=name, alias=alias, as_of=moment(as_of)))
        return self._registry.send(registry.GetVersionByAlias(name=name, alias=alias))

    def get_registered_model_history(
        self,
        name: str,
        version: str | int | None = None,
        alias: str | None = None,
        kind: str | RegistryEventKind | None = None,
        max_results: int = 100,
        page_token: str | None = None,
    ) -> PagedList[RegistryEvent]:
        """A page of what happened to a model, newest first: who, when, what, before and after.

        ``version``, ``alias`` and ``kind`` (``alias``, ``stage``, ``tag``, …) leave out what is about others.
        """
        try:
            wanted = RegistryEventKind(kind) if kind is not None else None
        except ValueError:
            raise Invalid(f"Invalid kind {kind!r}: expected one of {', '.join(RegistryEventKind)}.") from None
        page = self._registry.send(
            history.GetRegistryEvents(
                name=name,
                version="" if version is None else str(version),
                alias=alias or "",
                kind=wanted,
                max_results=max_results,
                page_token=page_token or "",
            )
        )
        return PagedList(page.events, page.next_page_token)

    def get_latest_versions(self, name: str, stages: list[str] | None = None) -> list[ModelVersion]:
        """The newest version of each stage, or of the stages named."""
        _warn_of_stages("get_latest_versions")
        return self.latest_versions_by_stage(name, stages)

    def latest_versions_by_stage(self, name: str, stages: list[str] | None = None) -> list[ModelVersion]:
        """The same, without a word about stages being MLflow's older way."""
        return self._registry.send(registry.GetLatestVersions(name=name, stages=stages or [])).model_versions

    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Mapping[str, Any] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        await_creation_for: int = 300,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Make the next version of a registered model; it is ready at once, so there is nothing to await."""
        return self._registry.send(
            registry.CreateModelVersion(
                name=name,
                source=source,
                run_id=run_id,
                tags=[ModelVersionTag(key, str(value)) for key, value in (tags or {}).items()],
                run_link=run_link or "",
                description=description or "",
                model_id=model_id,
            )
        )

    def copy_model_version(self, src_model_uri: str, dst_name: str) -> ModelVersion:
        """Make the next version of ``dst_name`` from another registered one, with its tags and description.

        ``src_model_uri``: ``models:/name/version``, ``models:/name@alias`` or ``models:/name/latest``. The model
        is made if need be; no file is copied: both versions are of the same files.
        """
        source = self._registered_version(src_model_uri)
        try:
            self.create_registered_model(dst_name)
            print(f"Successfully registered model '{dst_name}'.", file=sys.stderr)
        except AlreadyExists:
            pass
        copied = self.create_model_version(
            dst_name,
            f"models:/{source.name}/{source.version}",
            source.run_id,
            source.tags,
            source.run_link,
            source.description,
        )
        what = f"version '{source.version}' of model '{source.name}'"
        print(f"Copied {what} to version '{copied.version}' of model '{dst_name}'.", file=sys.stderr)
        return copied

    def get_model_version(self, name: str, version: str | int) -> ModelVersion:
        """One version of a registered model."""
        return self._registry.send(registry.GetModelVersion(name=name, version=str(version)))

    def get_model_version_download_uri(self, name: str, version: str | int) -> str:
        """Where the files of a version are."""
        return self._registry.send(registry.GetVersionDownloadUri(name=name, version=str(version)))

    def get_model_version_stages(self, name: str, version: str | int) -> list[str]:
        """The stages that a version can be in."""
        _warn_of_stages("get_model_version_stages")
        return ["None", "Staging", "Production", "Archived"]

    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int = 10_000,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """A page of versions, last changed first unless ordered."""
        page = self._registry.send(
            registry.SearchModelVersions(
                filter=filter_string or "",
                max_results=max_results,
                order_by=order_by or [],
                page_token=page_token or "",
            )
        )
        return PagedList(page.model_versions, page.next_page_token)

    def update_model_version(self, name: str, version: str | int, description: str | None = None) -> ModelVersion:
        """Change the description of a version."""
        if description is None:
            raise Invalid("Nothing to change: give the version's new description; an empty text removes it.")
        return self._registry.send(
            registry.UpdateModelVersion(name=name, version=str(version), description=description)
        )

    def transition_model_version_stage(
        self, name: str, version: str | int, stage: str, archive_existing_versions: bool = False
    ) -> ModelVersion:
        """Move a version to a stage."""
        _warn_of_stages("transition_model_version_stage")
        return self._registry.send(
            registry.TransitionStage(
                name=name,
                version=str(version),
                stage=stage,
                archive_existing_versions=archive_existing_versions,
            )
        )

    def delete_model_version(self, name: str, version: str | int) -> None:
        """Delete a version."""
        self._registry.send(registry.DeleteModelVersion(name=name, version=str(version)))

    def set_model_version_tag(
        self,
        name: str,
        version: str | int | None = None,
        key: str | None = None,
        value: Any = None,
        stage: str | None = None,
    ) -> None:
        """Set a tag of a version, named by number or by its stage."""
        number = self._version_number(name, version, stage, "set_model_version_tag")
        self._registry.send(registry.SetModelVersionTag(name=name, version=number, key=key or "", value=str(value)))

    def delete_model_version_tag(
        self, name: str, version: str | int | None = None, key: str | None = None, stage: str | None = None
    ) -> None:
        """Remove a tag of a version, named by number or by its stage."""
        number = self._version_number(name, version, stage, "delete_model_version_tag")
        self._registry.send(registry.DeleteModelVersionTag(name=name, version=number, key=key or ""))

    def _registered_version(self, uri: str) -> ModelVersion:
        """The version that a URI names, a stage's newest too."""
        named = _COPIED.fullmatch(str(uri))
        if named is None:
            raise Invalid(
                f"Cannot copy {str(uri)[:200]!r}: expected models:/name/version, models:/name@alias or "
                "models:/name/latest."
            )
        name, version, alias = named["name"], named["version"], named["alias"]
        if alias:
            return self.get_model_version_by_alias(name, alias)
        if version.isdigit():
            return self.get_model_version(name, version)
        found = self.latest_versions_by_stage(name, None if version.lower() == "latest" else [version])
        if not found:
            raise NotFound(f"Registered model {name!r} has no version {version!r}.")
        return max(found, key=lambda each: int(each.version))

    def _version_number(self, name: str, version: str | int | None, stage: str | None, who: str) -> str:
        if (version is None) == (stage is None):
            raise Invalid("Give either version or stage to say which version is meant.")
        if version is not None:
            return str(version)
        _warn_of_stages(f"{who}(stage=…)", 4)
        latest = self.latest_versions_by_stage(name, [str(stage)])
        if not latest:
            raise NotFound(f"Registered model {name!r} has no version in stage {stage!r}.")
        return latest[0].version


def _refuse_deployment_job(job: str | None) -> None:
    if job:
        raise Invalid(f"deployment_job_id {job!r} is for Databricks workspaces: leave it out, or use a webhook.")


def _warn_of_stages(what: str, level: int = 3) -> None:
    """MLflow's warning category and the same advice; ``level``: whose line is shown, the user's."""
    warnings.warn(
        f"{what} uses stages, which MLflow has deprecated since 2.9 and is going to remove: use aliases instead "
        "(set_registered_model_alias, models:/name@alias).",
        FutureWarning,
        stacklevel=level,
    )
