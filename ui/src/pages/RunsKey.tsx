import "./RunsKey.css";

import type { ChartRun } from "../charts/MetricPicture";
import { counted } from "../lib/numbers";

interface RunsKeyProps {
  runs: ChartRun[];
  hidden: string[];
  onHidden: (ids: string[]) => void;
}

/** Which colour is which run; a click leaves a run out of all charts, or takes it back. */
export function RunsKey({ runs, hidden, onHidden }: RunsKeyProps) {
  const left = runs.filter((run) => hidden.includes(run.id)).length;
  return (
    <div className="runs-key">
      <ul aria-label="Runs that are drawn">
        {runs.map((run) => {
          const isHidden = hidden.includes(run.id);
          return (
            <li key={run.id}>
              <button
                type="button"
                aria-pressed={!isHidden}
                data-hint={isHidden ? "Draw it" : "Leave it out"}
                onClick={() => onHidden(isHidden ? hidden.filter((id) => id !== run.id) : [...hidden, run.id])}
              >
                <i className={isHidden ? "run-dot run-dot-hidden" : "run-dot"} style={{ [isHidden ? "color" : "background"]: run.colour }} aria-hidden="true" />
                {run.name}
              </button>
            </li>
          );
        })}
      </ul>
      {left > 0 && (
        <button type="button" className="link-button" onClick={() => onHidden(hidden.filter((id) => !runs.some((run) => run.id === id)))}>
          Draw {counted(left, "hidden run")} again
        </button>
      )}
    </div>
  );
}
