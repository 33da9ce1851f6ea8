"""Operations on the trash: what was deleted, and freeing it for good."""

from __future__ import annotations

from flowmill.entities.base import Entity, Int64
from flowmill.entities.model import LoggedModel
from flowmill.entities.trash import PurgeReport, TrashItem
from flowmill.wire.operation import Request, operation
from flowmill.wire.permission import EDIT_EXPERIMENT, MANAGE_EXPERIMENT, READ_EXPERIMENT


class TrashPage(Entity, frozen=True):
    """A page of the trash; without a token it is the last one."""

    items: list[TrashItem] = []
    next_page_token: str | None = None


@operation("POST flowmill/1/trash/list", needs=READ_EXPERIMENT)
class ListTrash(Request[TrashPage], frozen=True, kw_only=True):
    """What lies in the trash, last deleted first. ``experiment_ids`` narrows to those experiments."""

    experiment_ids: list[str] = []
    max_results: int = 100
    page_token: str = ""


@operation("POST flowmill/1/trash/purge", needs=MANAGE_EXPERIMENT)
class PurgeTrash(Request[PurgeReport], frozen=True, kw_only=True):
    """Free what lies in the trash for good, with its artifacts.

    ``older_than``: only what was deleted at least so many ms ago; an experiment's tag
    ``flowmill.trashRetention`` counts instead where it is set. Ids narrow to what they name, which must be in
    the trash; naming an experiment means all in it. What a registered version was made from stays.
    ``dry_run`` frees nothing and says what would go. ``keep_artifacts`` leaves the files where they are.
    ``again``: this goes on with a request that was answered with ``more`` or ``places``, so that an id that has
    gone meanwhile is no error. ``freed`` and ``failed``: places of an earlier report whose files are gone, or
    could not be removed.
    """

    older_than: Int64 = 0
    experiment_ids: list[str] = []
    run_ids: list[str] = []
    model_ids: list[str] = []
    dry_run: bool = False
    keep_artifacts: bool = False
    again: bool = False
    freed: list[str] = []
    failed: list[str] = []


@operation("POST flowmill/1/logged-models/restore", needs=EDIT_EXPERIMENT, answer="model")
class RestoreLoggedModel(Request[LoggedModel], frozen=True, kw_only=True):
    """Take a logged model out of the trash."""

    model_id: str
