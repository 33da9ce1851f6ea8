import { counted } from "../lib/numbers";

/** Of how many runs a card shows only the first; nothing if it shows all. */
export function OfAll({ shown, total }: { shown: number; total: number | undefined }) {
  if (total === undefined || total <= shown) return null;
  return (
    <span className="quiet chart-of">
      first {shown.toLocaleString("en-US")} of {counted(total, "run")}
    </span>
  );
}
