"""The first view is small, and what goes on is seen to go on."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, Route, expect

from tests.e2e.window import Window
from tests.peer.server import flowmill_server
from tests.story.story import Place

FIRST_VIEW = 150_000
"""bytes, compressed: the page's own files until the runs are there"""


def test_the_first_view_is_small(window: Window, told: Place) -> None:
    window.open("/experiments/1")
    expect(window.tab.get_by_text("2 runs", exact=True)).to_be_visible()
    sizes = window.tab.evaluate(
        """performance.getEntries()
            .filter((entry) => entry.encodedBodySize && !/\\/(ajax-)?api\\//.test(entry.name))
            .map((entry) => [entry.name, entry.encodedBodySize])"""
    )
    assert sum(size for _, size in sizes) <= FIRST_VIEW, sizes


def test_a_running_run_is_followed_and_a_finished_one_left_alone(window: Window, told: Place) -> None:
    experiment_id = window.ask("POST", "experiments/create", name="going on")["experiment_id"]
    run = window.ask("POST", "runs/create", experiment_id=experiment_id, run_name="live", start_time=1000)
    run_id = run["run"]["info"]["run_id"]

    def log(value: float, step: int) -> None:
        metric = {"key": "loss", "value": value, "timestamp": 1000 + step, "step": step}
        window.ask("POST", "runs/log-batch", run_id=run_id, metrics=[metric])

    log(0.5, 0)
    window.open(f"/experiments/{experiment_id}")
    row = window.tab.get_by_role("grid", name="Runs").get_by_role("row").nth(1)
    expect(row).to_contain_text("Running")
    log(0.25, 1)
    expect(row).to_contain_text("0.25")

    window.open(f"/experiments/{experiment_id}/runs/{run_id}")
    log(0.125, 2)
    expect(window.row("loss")).to_contain_text("0.125")
    window.ask("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=9000)
    expect(window.tab.get_by_text("Finished", exact=True)).to_be_visible()
    asked: list[str] = []
    window.tab.on("request", lambda request: asked.append(request.url))
    # What the end itself made the page ask for may still be on its way; a page that goes on asking never stops.
    for _ in range(5):
        asked.clear()
        window.tab.wait_for_timeout(6000)
        if not asked:
            break
    assert asked == []


def test_what_changes_while_it_is_read_for_the_first_time_is_read_again(window: Window, told: Place) -> None:
    experiment_id = window.ask("POST", "experiments/create", name="read late")["experiment_id"]
    run = window.ask("POST", "runs/create", experiment_id=experiment_id, run_name="late", start_time=1000)
    run_id = run["run"]["info"]["run_id"]
    window.ask("POST", "runs/log-metric", run_id=run_id, key="loss", value=0.5, timestamp=1, step=0)
    answers: list[str] = []

    def hold(route: Route) -> None:
        answer = route.fetch()
        answers.append(answer.text())
        if len(answers) == 1:
            window.tab.wait_for_timeout(1500)  # by now the page is told of changes
            window.ask("POST", "runs/log-metric", run_id=run_id, key="loss", value=0.25, timestamp=2, step=1)
            window.tab.wait_for_timeout(1500)
        route.fulfill(response=answer)

    window.tab.route("**/metrics/series", hold)
    window.open(f"/experiments/{experiment_id}/runs/{run_id}/metrics")
    expect(window.tab.get_by_role("img", name="Line chart of loss")).to_be_visible()
    for _ in range(20):
        if "0.25" in answers[-1]:
            break
        window.tab.wait_for_timeout(500)
    assert "0.25" not in answers[0] and "0.25" in answers[-1]


def test_charts_of_the_ticked_runs_are_drawn_and_kept_in_the_address(window: Window, told: Place) -> None:
    experiment_id = window.ask("POST", "experiments/create", name="curves")["experiment_id"]
    for number in (1, 2):
        run = window.ask("POST", "runs/create", experiment_id=experiment_id, run_name=f"curve {number}")
        run_id = run["run"]["info"]["run_id"]
        points = [
            {"key": "train/loss", "value": 1 / (step + number), "timestamp": step, "step": step} for step in range(50)
        ]
        window.ask("POST", "runs/log-batch", run_id=run_id, metrics=points)
        window.ask("POST", "runs/log-metric", run_id=run_id, key="score", value=number, timestamp=1, step=0)
        window.ask("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=9000)
    window.open(f"/experiments/{experiment_id}")
    window.link("Charts").click()
    lines = window.tab.get_by_role("img", name="Line chart of train/loss")
    expect(lines).to_have_attribute(
        "aria-label", "Line chart of train/loss: curve 2 ends at 0.019608, curve 1 ends at 0.02"
    )
    expect(window.tab.get_by_role("list", name="score").get_by_role("listitem")).to_have_count(2)
    window.tab.get_by_role("combobox", name="Vertical axis").select_option("log")
    window.tab.get_by_role("slider", name="Smoothing").fill("0.6")
    expect(lines).to_be_visible()
    assert "log=true" in window.tab.url
    assert "smooth=0.6" in window.tab.url


def test_changes_are_told_within_a_moment_and_a_silent_proxy_is_noticed(window: Window, told: Place) -> None:
    experiment_id = window.ask("POST", "experiments/create", name="pushed")["experiment_id"]
    run = window.ask("POST", "runs/create", experiment_id=experiment_id, run_name="pushed run", start_time=1000)
    run_id = run["run"]["info"]["run_id"]

    def log(value: float, step: int) -> None:
        metric = {"key": "loss", "value": value, "timestamp": 1000 + step, "step": step}
        window.ask("POST", "runs/log-batch", run_id=run_id, metrics=[metric])

    log(0.5, 0)
    log(0.25, 1)
    with window.tab.expect_response(lambda answer: "/events?" in answer.url and run_id in answer.url):
        window.open(f"/experiments/{experiment_id}/runs/{run_id}/metrics")
    chart = window.tab.get_by_role("img", name="Line chart of loss: pushed run ends at 0.25")
    expect(chart).to_be_visible()
    window.tab.wait_for_timeout(1500)
    # Far sooner than the next time it would be asked for.
    log(0.125, 2)
    expect(window.tab.get_by_role("img", name="pushed run ends at 0.125")).to_be_visible(timeout=4000)

    # A proxy that holds the stream back: the page sees no word of it and asks now and then.
    window.tab.context.route("**/events?*", lambda route: None)
    window.tab.reload()
    expect(window.tab.get_by_role("img", name="pushed run ends at 0.125")).to_be_visible()
    log(0.0625, 3)
    expect(window.tab.get_by_role("img", name="pushed run ends at 0.0625")).to_be_visible()
    window.tab.context.unroute_all()
    window.ask("POST", "runs/update", run_id=run_id, status="FINISHED", end_time=9000)


def test_everything_works_below_a_base_path(tab: Page, tmp_path: Path) -> None:
    with flowmill_server(tmp_path, "--base-path", "/a/b") as address:
        window = Window(tab, f"{address}/a/b")
        run_id = window.ask("POST", "runs/create", experiment_id="0", run_name="below")["run"]["info"]["run_id"]
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        with tab.expect_response(lambda answer: "/a/b/ajax-api/flowmill/1/events" in answer.url) as events:
            window.open(f"/experiments/0/runs/{run_id}")
        assert events.value.status == 200
        expect(window.heading("below")).to_be_visible()
        window.link("Artifacts").click()
        window.link("Trash").click()
        expect(window.heading("The trash is empty")).to_be_visible()
        window.tab.get_by_role("link", name="Settings").click()
        expect(window.tab.get_by_text(f"{address}/a/b", exact=True)).to_be_visible()
        assert [url for url in asked if not url.startswith((f"{address}/a/b/", "about:"))] == []
