import type { RunGroup } from "../api/schema";
import { columnName } from "./columns";
import { numberIn, shortNumber, toNumber } from "./numbers";

/** Groups in the order that a header asked for; without one as the server gave them, the largest first. */
export function sortedGroups(groups: RunGroup[], by: string[], order: { key: string; ascending: boolean } | null): RunGroup[] {
  if (!order) return groups;
  const sign = order.ascending ? 1 : -1;
  const valueOf = (group: RunGroup): number | string | null => {
    if (order.key === "attributes.run_name") return group.values.join("\u0000");
    const id = plainId(order.key);
    const number = group.numbers[id];
    if (number) return toNumber(number.mean);
    const at = by.indexOf(id);
    const text = at >= 0 ? group.values[at] : group.texts[id]?.value;
    return text === undefined || text === null ? null : (numberIn(text) ?? text);
  };
  return [...groups].sort((a, b) => {
    const [left, right] = [valueOf(a), valueOf(b)];
    if (left === null || right === null || left !== left || right !== right) return rank(left) - rank(right);
    if (typeof left === "number" && typeof right === "number") return (left - right) * sign;
    return String(left).localeCompare(String(right), "en", { numeric: true }) * sign;
  });
}

/** What is absent or not a number comes last whatever the direction. */
function rank(value: number | string | null): number {
  return value === null ? 2 : value !== value ? 1 : 0;
}

/** "metrics.`val/loss`" is the column "metrics.val/loss". */
export function plainId(orderKey: string): string {
  const { group, key } = columnName(orderKey);
  return `${group}.${key.replace(/^([`"])(.*)\1$/s, "$2")}`;
}

/** How far apart the values of a group are, with two digits, as its mean deserves. */
export function spreadText(deviation: number): string {
  if (!Number.isFinite(deviation)) return "";
  return shortNumber(Number(deviation.toPrecision(2)));
}

/** "lr 0.1, solver lbfgs" */
export function groupTitle(by: string[], values: (string | null)[]): string {
  return by.map((column, at) => `${columnName(column).key} ${values[at] ?? "–"}`).join(", ");
}
