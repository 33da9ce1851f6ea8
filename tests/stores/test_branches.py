"""A run taken up again from a step: what is later is hidden and kept, and the rest is as if it had never been."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

import pytest

from flowmill.client.series import series_from
from flowmill.entities.branch import Branch
from flowmill.entities.metric import Metric
from flowmill.entities.points import Points
from flowmill.entities.run import RunStatus
from flowmill.errors import Invalid, NotFound
from flowmill.store.base import Store
from flowmill.wire.branches import (
    BranchList,
    GetBranchColumns,
    ImportBranch,
    ListBranches,
    RestoreBranch,
    RewindRun,
)
from flowmill.wire.life import EndRun
from flowmill.wire.metrics import GetMetricColumns, GetMetricHistory, GetSeries
from flowmill.wire.runs import CreateRun, DeleteRun, GetRun, LogBatch, SearchRuns
from flowmill.wire.table import GetRunRows
from flowmill.wire.transfer import ImportRuns, WholeRun
from flowmill.wire.trash import PurgeTrash

Point = tuple[int, int, float]
"""(step, time, value)"""


def log(store: Store, run_id: str, key: str, points: Sequence[Point]) -> None:
    for start in range(0, len(points), 1000):
        metrics = [Metric(key, value, time, step) for step, time, value in points[start : start + 1000]]
        store.send(LogBatch(run_id=run_id, metrics=metrics))


def shown(store: Store, run_id: str, key: str) -> list[Point]:
    points = store.send(GetMetricHistory(run_id=run_id, metric_key=key)).metrics
    return sorted((point.step, point.timestamp, point.value) for point in points)


def hidden(store: Store, branch: Branch, key: str) -> list[Point]:
    ask = GetBranchColumns(run_id=branch.run_id, branch_id=branch.branch_id, metric_key=key)
    points = series_from(key, [store.send(ask)]).to_metrics()
    return sorted((point.step, point.timestamp, point.value) for point in points)


def line(first: int, last: int, slope: float = 1.0) -> list[Point]:
    return [(step, 10_000 + step, slope * step) for step in range(first, last + 1)]


def test_charts_can_show_what_is_hidden(store: Store) -> None:
    run_id, other = (store.send(CreateRun()).info.run_id for _ in range(2))
    for each in (run_id, other):
        log(store, each, "loss", line(1, 5000))
        log(store, each, "acc", line(1, 100))
    (first,) = store.send(RewindRun(run_id=run_id, step=4000)).branches
    log(store, run_id, "loss", line(4001, 4100, slope=-1.0))
    (second,) = store.send(RewindRun(run_id=run_id, step=50)).branches

    ask = GetSeries(run_ids=[run_id, other], keys=["loss", "acc"], points=100)
    plain = store.send(ask).series
    assert [(each.run_id, each.key, each.branch_id) for each in plain] == [
        (run, key, "") for run in (run_id, other) for key in ("loss", "acc")
    ]
    both = store.send(GetSeries(run_ids=ask.run_ids, keys=ask.keys, points=100, hidden=True)).series
    assert both[:4] == plain
    assert [(each.run_id, each.branch_id, each.key) for each in both[4:]] == [
        (run_id, second.branch_id, "acc"),
        (run_id, second.branch_id, "loss"),
        (run_id, first.branch_id, "loss"),
    ]
    last = both[-1]
    assert (last.count, last.steps[0], last.steps[-1], last.values[-1]) == (1000, 4001, 5000, 5000.0)
    assert len(last.steps) < 1000, "it is thinned as the others are"
    closer = GetSeries(run_ids=[run_id], keys=["loss"], start=4001, end=4010, hidden=True)
    assert [each.steps for each in store.send(closer).series if each.branch_id == first.branch_id] == [
        list(range(4001, 4011))
    ]


def test_what_is_later_is_hidden_and_comes_back(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    first, second = line(1, 100), line(61, 80, slope=-1.0)
    log(store, run_id, "loss", first)
    log(store, run_id, "late", [(90, 1, 9.0)])
    log(store, run_id, "early", [(3, 1, math.inf)])
    log(store, run_id, "system/cpu", [(step, step, 50.0) for step in range(200)])
    store.send(EndRun(run_id=run_id, status=RunStatus.KILLED))
    assert store.send(GetRun(run_id=run_id)).data.metrics["loss"] == 100.0

    (branch,) = store.send(RewindRun(run_id=run_id, step=60)).branches
    assert (branch.step, branch.keys, branch.points, branch.last_step) == (60, ["late", "loss"], 41, 100)
    assert store.send(ListBranches(run_id=run_id)).branches == [branch]
    assert shown(store, run_id, "loss") == first[:60]
    assert hidden(store, branch, "loss") == first[60:]
    assert hidden(store, branch, "late") == [(90, 1, 9.0)]
    assert shown(store, run_id, "late") == []
    data = store.send(GetRun(run_id=run_id)).data.metrics
    assert data == {"loss": 60.0, "early": math.inf, "system/cpu": 50.0}
    assert len(shown(store, run_id, "system/cpu")) == 200  # their steps count samples
    (chart,) = store.send(GetSeries(run_ids=[run_id], keys=["loss", "late"])).series
    assert (chart.count, chart.maximum, max(chart.steps)) == (60, 60.0, 60)

    def found(filter_string: str) -> bool:
        return bool(store.send(SearchRuns(experiment_ids=["0"], filter=filter_string)).runs)

    assert found("metrics.loss = 60") and not found("metrics.loss > 60") and not found("metrics.late > 0")
    for order in ("metrics.late ASC", "metrics.loss DESC"):
        runs = store.send(SearchRuns(experiment_ids=["0"], order_by=[order])).runs
        assert [run.data.metrics for run in runs] == [data]
    (row,) = store.send(GetRunRows(experiment_ids=["0"], columns=["metrics.loss", "metrics.late"])).rows
    assert "60" in repr(row) and "9.0" not in repr(row)

    log(store, run_id, "loss", second)
    assert shown(store, run_id, "loss") == first[:60] + second
    (replaced,) = store.send(RestoreBranch(run_id=run_id, branch_id=branch.branch_id)).branches
    assert (replaced.step, replaced.points, replaced.last_step) == (60, 20, 80)
    assert shown(store, run_id, "loss") == first
    assert store.send(GetRun(run_id=run_id)).data.metrics["late"] == 9.0
    assert found("metrics.late = 9") and found("metrics.loss = 100")
    assert store.send(ListBranches(run_id=run_id)).branches == [replaced]
    assert store.send(RestoreBranch(run_id=run_id, branch_id=replaced.branch_id)).branches != []
    assert shown(store, run_id, "loss") == first[:60] + second
    assert sum(branch.points for branch in store.send(ListBranches(run_id=run_id)).branches) == 41


@pytest.mark.parametrize("seed", range(6))
def test_branches_come_back_in_any_order(seed: int, store: Store) -> None:
    """Whatever was taken back and brought back before, a branch brings back the line that it was hidden from."""
    choose = random.Random(seed)
    run_id = store.send(CreateRun()).info.run_id
    lines: dict[str, list[Point]] = {}
    line: list[Point] = []
    for turn in range(25):
        last = line[-1][0] if line else 0
        more = [(step, 1, turn + step / 1000) for step in range(last + 1, last + 1 + choose.randrange(1, 20))]
        log(store, run_id, "loss", more)
        line += more
        if lines and choose.random() < 0.6:
            there = {branch.branch_id: branch for branch in store.send(ListBranches(run_id=run_id)).branches}
            wanted = choose.choice(sorted(there))
            chain = [there[wanted]]
            while chain[0].base:
                chain.insert(0, there[chain[0].base])
            made = store.send(RestoreBranch(run_id=run_id, branch_id=wanted)).branches
            for branch in chain:
                lines |= {each.branch_id: line for each in made if each.step == branch.step}
                line = lines[branch.branch_id]
        else:
            step = choose.randrange(line[-1][0])
            (branch,) = store.send(RewindRun(run_id=run_id, step=step)).branches
            lines[branch.branch_id] = line
            line = [point for point in line if point[0] <= step]
        line = list(line)
        assert shown(store, run_id, "loss") == line


def test_any_history_splits_at_any_step(store: Store) -> None:
    """Long series and short ones, in disorder, with values that are no numbers, taken back twice."""
    choose = random.Random(7)
    values = [math.nan, math.inf, -math.inf, -0.0, 0.1, 1e308, 5.0]
    run_id = store.send(CreateRun()).info.run_id
    points: dict[str, list[Point]] = {}
    for key, size in (("short", 30), ("long", 30_000)):
        steps = [choose.randrange(size) if choose.random() < 0.1 else step for step in range(size)]
        points[key] = sorted({(step, 1000 + time, choose.choice(values)) for time, step in enumerate(steps)}, key=repr)
        for start in range(0, size, 7_000):
            log(store, run_id, key, points[key][start : start + 7_000])

    def exact(some: Sequence[Point]) -> list[str]:
        return sorted(map(repr, some))

    for cut in (20_011, 17, 3):
        (branch,) = store.send(RewindRun(run_id=run_id, step=cut)).branches
        for key in branch.keys:
            late = [point for point in points[key] if point[0] > cut]
            points[key] = [point for point in points[key] if point[0] <= cut]
            assert exact(hidden(store, branch, key)) == exact(late)
            assert exact(shown(store, run_id, key)) == exact(points[key])
        run = store.send(GetRun(run_id=run_id))
        for metric in run.data.metric_list:
            last = max(points[metric.key], key=lambda p: (p[0], p[1], -math.inf if math.isnan(p[2]) else p[2]))
            assert repr((metric.step, metric.timestamp, metric.value)) == repr(last)
        (chart,) = store.send(GetSeries(run_ids=[run_id], keys=["long"])).series
        numbers = [value for _, _, value in points["long"] if not math.isnan(value)]
        assert (chart.count, chart.minimum, chart.maximum) == (len(points["long"]), min(numbers), max(numbers))
        log(store, run_id, "long", more := line(cut + 1, cut + 5_000))
        points["long"] += more
        assert len(shown(store, run_id, "long")) == len(points["long"])


def test_of_many_that_ask_one_hides(store: Store) -> None:
    run_id = store.send(CreateRun()).info.run_id
    for key in ("loss", "rank_1/loss"):
        log(store, run_id, key, line(1, 10))
    first = store.send(RewindRun(run_id=run_id, step=5, once="job 1")).branches
    log(store, run_id, "loss", line(6, 7, slope=2.0))
    assert store.send(RewindRun(run_id=run_id, step=5, once="job 1")).branches == first
    assert shown(store, run_id, "loss")[-1] == (7, 10_007, 14.0)
    assert shown(store, run_id, "rank_1/loss") == line(1, 5)
    empty = store.send(CreateRun()).info.run_id
    assert store.send(RewindRun(run_id=empty, step=5, once="job 2")) == BranchList()
    log(store, empty, "loss", line(6, 7))
    assert store.send(RewindRun(run_id=empty, step=5, once="job 2")) == BranchList()
    assert len(shown(store, empty, "loss")) == 2
    assert store.send(ListBranches(run_id=empty)) == BranchList()


def test_mistakes_are_told_and_change_nothing(store: Store) -> None:
    run_id, other = (store.send(CreateRun()).info.run_id for _ in range(2))
    log(store, run_id, "loss", line(1, 10))
    (branch,) = store.send(RewindRun(run_id=run_id, step=5)).branches
    for ask in (RewindRun(run_id="0" * 32, step=1), ListBranches(run_id="0" * 32)):
        with pytest.raises(NotFound, match="There is no run"):
            store.send(ask)
    with pytest.raises(NotFound, match="has no branch"):
        store.send(RestoreBranch(run_id=other, branch_id=branch.branch_id))
    with pytest.raises(NotFound, match="has no branch"):
        store.send(GetBranchColumns(run_id=other, branch_id=branch.branch_id, metric_key="loss"))
    with pytest.raises(Invalid, match="at most 200"):
        store.send(RewindRun(run_id=run_id, step=5, once="x" * 201))
    with pytest.raises(Invalid, match="was not imported"):
        store.send(ImportBranch(run_id=run_id, branch=branch, points=[]))
    assert hidden(store, branch, "none") == []
    store.send(DeleteRun(run_id=run_id))
    with pytest.raises(Invalid, match="is deleted"):
        store.send(RewindRun(run_id=run_id, step=1))
    assert store.send(ListBranches(run_id=run_id)).branches == [branch]
    store.send(PurgeTrash(run_ids=[run_id]))
    with pytest.raises(NotFound):
        store.send(ListBranches(run_id=run_id))


def test_an_import_brings_branches_and_hides_what_it_brought_before(store: Store) -> None:
    run = store.send(CreateRun())
    log(store, run.info.run_id, "loss", line(1, 10))
    run_id = "ab" * 16
    moved = type(run)(run.info.__class__(**{**dict(run.info), "run_id": run_id, "run_uuid": run_id}), run.data)
    whole = WholeRun(moved, [Points.of("loss", [(time, step, value) for step, time, value in line(1, 10)])])
    store.send(ImportRuns(experiment_id="0", runs=[whole]))
    (branch,) = store.send(RewindRun(run_id=run.info.run_id, step=4)).branches
    log(store, run.info.run_id, "loss", line(5, 6, slope=3.0))
    # As a copy does it that comes again: what is shown, then what is hidden.
    now_shown = line(1, 4) + line(5, 6, slope=3.0)
    again = WholeRun(moved, [Points.of("loss", [(time, step, value) for step, time, value in now_shown])])
    store.send(ImportRuns(experiment_id="0", runs=[again]))
    brought = Branch("cd" * 16, run_id, branch.step, branch.created_at)
    columns = Points.of("loss", [(time, step, value) for step, time, value in hidden(store, branch, "loss")])
    for _ in range(2):
        store.send(ImportBranch(run_id=run_id, branch=brought, points=[columns]))
        assert shown(store, run_id, "loss") == now_shown
        (there,) = store.send(ListBranches(run_id=run_id)).branches
        assert hidden(store, there, "loss") == line(5, 10)
        assert (there.branch_id, there.step, there.points) == (brought.branch_id, 4, 6)
    assert store.send(GetRun(run_id=run_id)).data.metrics == {"loss": 18.0}
    with pytest.raises(Invalid, match="belongs to another run"):
        store.send(ImportBranch(run_id=run_id, branch=Branch(branch.branch_id, run_id, 4, 0), points=[]))
    assert store.send(GetMetricColumns(run_id=run_id, metric_key="loss")).next_page_token is None
