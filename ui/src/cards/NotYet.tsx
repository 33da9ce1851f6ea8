import type { ReactNode } from "react";

import { messageOf } from "../components/States";
import type { ColumnId } from "../lib/columns";
import type { PlotData } from "./PlotData";

/** What stands in a card that cannot be drawn from these columns: why their values could not be read, or that they are on their way; null if they are there. */
export function notYet({ runs, columns, error, onRetry }: PlotData, needed: ColumnId[], title: string): ReactNode {
  const isThere = runs !== undefined && (columns === undefined || needed.every((id) => columns.has(id)));
  if (isThere) return null;
  if (!error) return <span className="skeleton-bar chart-waiting" role="status" aria-label={`Loading ${title}`} />;
  return (
    <p className="chart-problem" role="alert">
      {messageOf(error)}{" "}
      {onRetry && (
        <button type="button" className="link-button" onClick={onRetry}>
          Retry
        </button>
      )}
    </p>
  );
}
