import "./RunsKey.css";

import { useLayoutEffect, useRef, useState } from "react";

import type { ChartRun } from "../charts/MetricPicture";
import { LongName, longNameHint } from "../components/LongName";
import { counted } from "../lib/numbers";

interface RunsKeyProps {
  runs: ChartRun[];
  hidden: string[];
  onHidden: (ids: string[]) => void;
}

/** Which colour is which run; a click leaves a run out of all charts, or takes it back. */
export function RunsKey({ runs, hidden, onHidden }: RunsKeyProps) {
  const left = runs.filter((run) => hidden.includes(run.id)).length;
  const list = useRef<HTMLUListElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [isCut, setCut] = useState(false);
  useLayoutEffect(() => {
    const { current } = list;
    if (!current || isOpen) return undefined;
    const look = () => setCut(current.scrollHeight > current.clientHeight + 4);
    const watch = new ResizeObserver(look);
    watch.observe(current);
    look();
    return () => watch.disconnect();
  }, [isOpen, runs.length]);
  return (
    <div className="runs-key">
      <ul ref={list} aria-label="Runs that are drawn" className={isOpen ? "runs-key-open" : undefined}>
        {runs.map((run) => {
          const isHidden = hidden.includes(run.id);
          return (
            <li key={run.id}>
              <button
                type="button"
                aria-pressed={!isHidden}
                aria-label={run.name}
                data-hint={longNameHint(run.name, isHidden ? "Draw it" : "Leave it out")}
                onClick={() => onHidden(isHidden ? hidden.filter((id) => id !== run.id) : [...hidden, run.id])}
              >
                <i className={isHidden ? "run-dot run-dot-hidden" : "run-dot"} style={{ [isHidden ? "color" : "background"]: run.colour }} aria-hidden="true" />
                <LongName name={run.name} />
              </button>
            </li>
          );
        })}
      </ul>
      {(isCut || isOpen) && (
        <button type="button" className="link-button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Fewer names" : `All ${runs.length} names`}
        </button>
      )}
      {left > 0 && (
        <button type="button" className="link-button" onClick={() => onHidden(hidden.filter((id) => !runs.some((run) => run.id === id)))}>
          Draw {counted(left, "hidden run")} again
        </button>
      )}
    </div>
  );
}
