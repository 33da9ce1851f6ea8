import type { Metric, RunRank, RunStatus } from "../api/schema";
import { toNumber } from "./numbers";
import type { Points } from "./points";

/** Every rank but the first logs below its own number. */
const OF_RANK = /^rank_(\d{1,7})\/(.+)$/s;

/** Which rank logged a metric, and as what. */
export function rankOf(key: string): { rank: number; metric: string } {
  const found = OF_RANK.exec(key);
  return found ? { rank: Number(found[1]), metric: found[2]! } : { rank: 0, metric: key };
}

/** The metrics of a run, each once, and which ranks have logged it. */
export function byMetric(keys: string[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const key of keys) {
    const { rank, metric } = rankOf(key);
    found.set(metric, [...(found.get(metric) ?? []), rank]);
  }
  for (const ranks of found.values()) ranks.sort((a, b) => a - b);
  return found;
}

/** The name under which a rank logs a metric. */
export function rankedKey(metric: string, rank: number): string {
  return rank === 0 ? metric : `rank_${rank}/${metric}`;
}

/** Histories of ranks as those of things that log the same metric, each called as `idOf` says. */
export function asRanks(series: Points[], idOf: (rank: number) => string): Points[] {
  return series.map((points) => {
    const { rank, metric } = rankOf(points.key);
    return { ...points, runId: idOf(rank), key: metric };
  });
}

/** When each rank last logged a metric, in ms since epoch; the machine's own figures are of a machine, not of a rank. */
export function lastLogged(metrics: Metric[]): Map<number, number> {
  const found = new Map<number, number>();
  for (const { key, timestamp } of metrics) {
    const { rank, metric } = rankOf(key);
    const time = toNumber(timestamp);
    if (!metric.startsWith("system/") && time > (found.get(rank) ?? 0)) found.set(rank, time);
  }
  return found;
}

export type RankState = RunStatus | "SILENT";

/** A rank that never said how it ended, although its run has, is silent: its process or its machine is gone. */
export function rankState(rank: RunRank, run: { status: RunStatus; lost?: boolean | undefined }): RankState {
  return rank.status === "RUNNING" && (run.status !== "RUNNING" || run.lost) ? "SILENT" : rank.status;
}

const WORDS: Record<RankState, string> = { RUNNING: "running", FAILED: "failed", KILLED: "killed", SILENT: "without an end", SCHEDULED: "scheduled", FINISHED: "finished" };

/** "6 finished, 1 failed, 1 running": what needs a look first. */
export function rankSummary(states: RankState[]): string {
  const order: RankState[] = ["FAILED", "KILLED", "SILENT", "RUNNING", "FINISHED", "SCHEDULED"];
  return order
    .map((state): [RankState, number] => [state, states.filter((each) => each === state).length])
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${WORDS[state]}`)
    .join(", ");
}
