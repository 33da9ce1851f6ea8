"""The runner: ``python -m bench.run [import] [log_model] …``; without a name all of them.

The sides take turns (A B A B …), so that a busy moment of the machine meets both. CPU time is the figure to
trust on a machine that does other things.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench import (
    bench_artifacts,
    bench_autolog,
    bench_hello,
    bench_history,
    bench_import,
    bench_ingest,
    bench_load,
    bench_log_metric,
    bench_log_model,
    bench_logging,
    bench_models,
    bench_page,
    bench_registry,
    bench_search,
    bench_server,
    bench_serving,
    bench_story,
)
from bench.sides import Question, Sample, sides

QUESTIONS: dict[str, Question] = {
    **bench_hello.QUESTIONS,
    **bench_history.QUESTIONS,
    "import": bench_import.QUESTION,
    "load": bench_load.QUESTION,
    **bench_ingest.QUESTIONS,
    **bench_autolog.QUESTIONS,
    "artifacts_down": bench_artifacts.DOWN,
    "artifacts_up": bench_artifacts.UP,
    "artifacts_small": bench_artifacts.SMALL,
    "log_metric": bench_log_metric.QUESTION,
    **bench_logging.QUESTIONS,
    "log_model": bench_log_model.QUESTION,
    **bench_models.QUESTIONS,
    **bench_page.QUESTIONS,
    **bench_registry.QUESTIONS,
    **bench_search.QUESTIONS,
    "server": bench_server.QUESTION,
    **bench_serving.QUESTIONS,
    "story": bench_story.QUESTION,
}


def main() -> int:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(prog="bench", description="Measure Flowmill beside the real MLflow.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(QUESTIONS)}; all by default")
    parser.add_argument("--big", action="store_true", help="a million points where the default is 100,000")
    parser.add_argument("--rounds", type=int, help="how often each side is measured")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in QUESTIONS]:
        print(f"There is no bench named {', '.join(unknown)}; there are {', '.join(QUESTIONS)}.", file=sys.stderr)
        return 2
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f}, Python {sys.version.split()[0]}")
    for name in options.names or QUESTIONS:
        show(name, QUESTIONS[name], options.rounds or QUESTIONS[name].rounds)
    return 0


def show(name: str, question: Question, rounds: int) -> None:
    """Measure one question and print its table."""
    both = sides()
    samples: dict[str, list[Sample]] = {side.name: [] for side in both}
    samples |= {other: [] for other in question.others}
    for _ in range(rounds):
        for side in both:
            with tempfile.TemporaryDirectory() as folder:
                samples[side.name].append(question.measure(side, Path(folder)))
        for other, measure in question.others.items():
            with tempfile.TemporaryDirectory() as folder:
                samples[other].append(measure(Path(folder)))
    small = median([sample.wall for sample in samples["flowmill"]]) < 1e-3
    unit, scale = ("µs", 1e6) if small else ("ms", 1e3)
    print(f"\n{name}: {question.asks}\n  target: {question.target}")
    first, cpu_of = f"wall {unit}: min", f"CPU {unit}: median"
    print(f"  {'':10} {first:>14} {'median':>10} {'max':>10}   {cpu_of:>14}   {'memory MB':>9}")
    for who, measured in samples.items():
        walls = [sample.wall * scale for sample in measured]
        memory = median([sample.memory for sample in measured])
        print(
            f"  {who:10} {min(walls):14.1f} {median(walls):10.1f} {max(walls):10.1f}   "
            f"{median([sample.cpu * scale for sample in measured]):14.1f}   {f'{memory:9.1f}' if memory else '':>9}"
        )
    ours, theirs = samples["flowmill"], samples["mlflow"]
    wall = median([sample.wall for sample in theirs]) / median([sample.wall for sample in ours])
    our_cpu, their_cpu = (median([sample.cpu for sample in side]) for side in (ours, theirs))
    # What is taken as a difference of two measurements can be lost in their noise.
    cpu = f"CPU {their_cpu / our_cpu:.1f}×" if our_cpu > 0 else "CPU too little to tell"
    print(f"  ratio, MLflow to Flowmill: wall {wall:.1f}×, {cpu}")


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


if __name__ == "__main__":
    sys.exit(main())
