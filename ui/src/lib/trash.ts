import type { PurgeReport, TrashItem } from "../api/schema";
import { bytes, counted } from "./numbers";

export const TRASH_KINDS: Record<TrashItem["kind"], string> = { experiment: "Experiment", run: "Run", logged_model: "Logged model" };

/** "2 experiments, 31 runs and 1 logged model" */
export function purgeText(report: PurgeReport): string {
  const parts = [
    ...(report.experiments > 0 ? [counted(report.experiments, "experiment")] : []),
    ...(report.runs > 0 ? [counted(report.runs, "run")] : []),
    ...(report.logged_models > 0 ? [counted(report.logged_models, "logged model")] : []),
  ];
  const last = parts.pop();
  if (last === undefined) return "nothing";
  return parts.length > 0 ? `${parts.join(", ")} and ${last}` : last;
}

/** How much room that frees, where it is known. */
export function purgeSize(report: PurgeReport): string {
  return report.bytes ? `${counted(report.files ?? 0, "file")}, ${bytes(report.bytes)}` : "";
}
