import { trackingUri } from "../api/http";
import { Button } from "../components/Button";
import { Snippet } from "../components/Snippet";
import { Empty } from "../components/States";
import { narrowText } from "../lib/narrow";
import type { ExperimentSearch } from "../lib/viewState";

interface NoRunsProps {
  search: ExperimentSearch;
  experimentName: string;
  onClear: () => void;
}

/** An experiment without runs to show, and what to do about it. */
export default function NoRuns({ search, experimentName, onClear }: NoRunsProps) {
  const narrowing = narrowText(search);
  if (search.searchFilter || narrowing) {
    return (
      <Empty icon="search" title={search.searchFilter ? "No run matches the filter" : `No run here is of this: ${narrowing}`}>
        <Button onClick={onClear}>{search.searchFilter ? "Clear the filter" : "Show all runs"}</Button>
      </Empty>
    );
  }
  if (search.lifecycleFilter === "Deleted") return <Empty icon="trash" title="No run was deleted" />;
  if (search.starred) {
    return (
      <Empty icon="star" title="No run has a star">
        <p>Point at a run, or go to it with the arrow keys, and press the star beside its name. This browser remembers them.</p>
      </Empty>
    );
  }
  return (
    <Empty icon="chart" title="No run yet">
      <p>Runs appear here while they are logged.</p>
      <Snippet label="Log a run to this experiment" code={runOf(experimentName, ['flowmill.log_param("lr", 0.01)', 'flowmill.log_metric("accuracy", 0.93)'])} />
    </Empty>
  );
}

/** Runs of which nothing was measured, and how that is done. */
export function NoMetrics({ experimentName }: { experimentName: string }) {
  return (
    <Empty icon="chart" title="No run has logged a metric yet">
      <p>Each metric becomes a chart here, with a curve for each run. What runs differ in otherwise can be added as a chart.</p>
      <Snippet
        label="Log a metric to this experiment"
        code={runOf(experimentName, ["for step in range(100):", '    flowmill.log_metric("loss", 1 / (step + 1), step=step)'])}
      />
    </Empty>
  );
}

/** A program that does this within a run of the experiment. */
function runOf(experimentName: string, lines: string[]): string {
  return [
    "import flowmill",
    "",
    `flowmill.set_tracking_uri(${JSON.stringify(trackingUri())})`,
    `flowmill.set_experiment(${JSON.stringify(experimentName)})`,
    "with flowmill.start_run():",
    ...lines.map((line) => `    ${line}`),
  ].join("\n");
}
