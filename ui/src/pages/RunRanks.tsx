import "../components/Table.css";

import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import type { Run, RunRank } from "../api/schema";
import { Choice } from "../components/Field";
import { DurationText, RunStatusText, TimeText } from "../components/Values";
import { counted } from "../lib/numbers";
import { lastLogged, rankedKey, type RankState, rankState, rankSummary } from "../lib/ranks";

/** More ranks than this are looked through by what became of them. */
const CHOSEN_FROM = 12;

type Shown = "all" | "open" | "broken";

/** The processes that log to a run together: where each runs, when it was last heard of, and how it ended. */
export function RunRanks({ run, ranks }: { run: Run; ranks: RunRank[] }) {
  const [shown, setShown] = useState<Shown>("all");
  const logged = useMemo(() => lastLogged(run.data?.metrics ?? []), [run]);
  if (ranks.length === 0) return null;
  const { info } = run;
  const states = ranks.map((rank): [RunRank, RankState] => [rank, rankState(rank, info)]);
  const rows = states.filter(([, state]) => shown === "all" || (shown === "open" ? state === "RUNNING" : state !== "RUNNING" && state !== "FINISHED"));
  const size = Math.max(...ranks.map((rank) => rank.size));
  const machines = new Set(ranks.map((rank) => rank.host)).size;
  return (
    <section className="section" aria-label="Ranks">
      <div className="section-head">
        <h2>Ranks</h2>
        <span className="quiet">
          {ranks.length === size ? counted(size, "rank") : `${ranks.length} of ${counted(size, "rank")}`}
          {machines > 1 && ` on ${machines} machines`}: {rankSummary(states.map(([, state]) => state))}
        </span>
        {ranks.length >= CHOSEN_FROM && (
          <div className="section-end">
            <Choice<Shown>
              label="Which ranks"
              value={shown}
              choices={[
                { value: "all", text: "All" },
                { value: "open", text: "Open" },
                { value: "broken", text: "Without success" },
              ]}
              onChange={setShown}
            />
          </div>
        )}
      </div>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="table-wrap run-table" tabIndex={0} role="region" aria-label="Table of ranks">
        <table className="table table-rows">
          <thead>
            <tr>
              <th scope="col">Rank</th>
              <th scope="col">State</th>
              <th scope="col">Machine</th>
              <th scope="col">Opened</th>
              <th scope="col">Last logged</th>
              <th scope="col">Duration</th>
              <th scope="col">How it ended</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([rank, state]) => (
              <tr key={rank.rank}>
                <th scope="row" className="cell-tight">
                  {logged.has(rank.rank) && rank.rank > 0 ? (
                    <Link
                      to="/experiments/$experimentId/runs/$runId/metrics"
                      params={{ experimentId: info.experiment_id, runId: info.run_id }}
                      search={{ q: rankedKey("", rank.rank), ranks: "apart" }}
                      aria-label={`Rank ${rank.rank}: its metrics`}
                    >
                      {rank.rank}
                    </Link>
                  ) : (
                    rank.rank
                  )}
                </th>
                <td className="cell-tight">
                  {state === "SILENT" ? (
                    <span className="status status-lost" data-hint="It never said how it ended: its process was killed or its machine is gone.">
                      <i aria-hidden="true" />
                      No end told
                    </span>
                  ) : (
                    <RunStatusText status={state} />
                  )}
                </td>
                <td className="rank-host" data-hint={rank.host}>{rank.host || <span className="quiet">unknown</span>}</td>
                <td className="cell-tight">
                  <TimeText value={rank.opened_at} />
                </td>
                <td className="cell-tight">
                  <TimeText value={logged.get(rank.rank)} />
                </td>
                <td className="cell-tight">
                  {state === "SILENT" ? <span className="quiet">–</span> : <DurationText start={rank.opened_at} end={rank.ended_at} />}
                </td>
                <td className="cell-wide rank-how">
                  {rank.how || <span className="quiet">–</span>}
                  {rank.signal && <span className="badge rank-signal">{rank.signal}</span>}
                </td>
              </tr>
            ))}
            {rows.length === 0 && (
              <tr>
                <td colSpan={7} className="quiet">
                  No rank is like that.
                </td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
    </section>
  );
}
