"""The trash: what was deleted, restoring it, and freeing it for good."""

from __future__ import annotations

from collections.abc import Sequence

from flowmill.client.base import Connected, PagedList
from flowmill.client.values import listed
from flowmill.entities.duration import parse_duration
from flowmill.entities.model import LoggedModel
from flowmill.entities.trash import PurgeReport, TrashItem
from flowmill.store.open import artifacts_beside, scheme_of
from flowmill.store.purge import place_opener, purge_trash
from flowmill.wire import trash


class TrashClient(Connected):
    """Operations on the trash; runs and experiments are restored by ``restore_run`` and ``restore_experiment``."""

    def list_trash(
        self, experiment_ids: Sequence[str] | None = None, max_results: int = 100, page_token: str | None = None
    ) -> PagedList[TrashItem]:
        """A page of what was deleted, last deleted first; of these experiments or of all."""
        experiments = [str(each) for each in listed(experiment_ids or [])]
        page = self._store.send(
            trash.ListTrash(experiment_ids=experiments, max_results=max_results, page_token=page_token or "")
        )
        return PagedList(page.items, page.next_page_token)

    def restore_logged_model(self, model_id: str) -> LoggedModel:
        """Take a logged model out of the trash."""
        return self._store.send(trash.RestoreLoggedModel(model_id=model_id))

    def purge_trash(
        self,
        older_than: str = "0s",
        *,
        run_ids: Sequence[str] = (),
        experiment_ids: Sequence[str] = (),
        model_ids: Sequence[str] = (),
        dry_run: bool = False,
        keep_artifacts: bool = False,
    ) -> PurgeReport:
        """Free what was deleted at least ``older_than`` (``30d``, ``1d12h``) ago, with its artifacts, for good.

        Ids narrow to what they name; an experiment means all in it. What a registered version was made from stays.
        """
        ask = trash.PurgeTrash(
            older_than=parse_duration(older_than),
            run_ids=list(listed(run_ids)),
            experiment_ids=[str(each) for each in listed(experiment_ids)],
            model_ids=list(listed(model_ids)),
            dry_run=dry_run,
            keep_artifacts=keep_artifacts,
        )
        if scheme_of(self.tracking_uri) in ("http", "https"):
            return self._store.send(ask)
        return purge_trash(self._store, ask, place_opener(artifacts_beside(self.tracking_uri)))
