import type { RunRow } from "../api/schema";
import type { ChartRun } from "../charts/MetricPicture";
import type { ColumnId } from "../lib/columns";
import type { Plottable } from "../lib/values";
import type { ChartLook } from "../lib/viewState";

/** What the cards of a page are drawn from. */
export interface PlotData {
  /** The runs as far as their values were fetched; undefined until they are there. */
  runs: RunRow[] | undefined;
  /** Of which columns their values are there; of all if nothing is said. While others are read, the runs stay as they are. */
  columns?: ReadonlySet<ColumnId> | undefined;
  /** The colour of each of them, as long as nothing is chosen to colour by. */
  colours: string[];
  /** How many runs match in all, of which `runs` may be the first. */
  total: number;
  /** What can be chosen. */
  all: Plottable[];
  /** Names of every metric. */
  keys: string[];
  /** The runs that have curves: fewer, as more cannot be told apart. */
  curves: ChartRun[];
  /** The runs that logged images: null until they are there, undefined where none has. */
  pictures?: ChartRun[] | null | undefined;
  /** How many runs logged images in all, if not only these. */
  picturesOf?: number | undefined;
  /** How many runs could have curves in all, if not only those that have; where the page itself does not say so. */
  curvesOf?: number;
  /** How the page draws curves. */
  look: ChartLook;
  error?: Error | null;
  onRetry?: () => void;
  onOpen: (run: RunRow) => void;
}
