import type { RunGroup } from "../api/schema";
import { ParamText } from "../components/Values";
import type { ColumnId } from "../lib/columns";
import { spreadText } from "../lib/groups";
import { counted, shortNumber, toNumber, wholeNumber } from "../lib/numbers";
import { NoValue } from "./NoValue";

/** What the runs of a group have in common: the mean and spread of a metric, the value or values of a parameter. */
export default function GroupCell({ group, id }: { group: RunGroup; id: ColumnId }) {
  const number = group.numbers[id];
  if (number) {
    const mean = toNumber(number.mean);
    const spread = number.deviation === undefined ? "" : spreadText(toNumber(number.deviation));
    const hint = [
      `mean ${wholeNumber(mean)} of ${counted(number.runs, "run")}`,
      ...(spread ? [`standard deviation ${wholeNumber(toNumber(number.deviation))}`] : []),
      `from ${wholeNumber(toNumber(number.minimum))} to ${wholeNumber(toNumber(number.maximum))}`,
    ].join("\n");
    return (
      <span className="number" data-hint={hint} data-whole={wholeNumber(mean)}>
        {shortNumber(mean)}
        {spread && <span className="quiet runs-spread"> ± {spread}</span>}
      </span>
    );
  }
  const text = group.texts[id];
  if (!text) return <NoValue />;
  if (text.value !== undefined) return <ParamText value={text.value} />;
  return <span className="quiet">{counted(text.values, "value")}</span>;
}
