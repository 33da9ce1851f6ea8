import { numberIn } from "./numbers";

/** How two cells of a column stand to each other: numbers by size, others as words; what is empty comes last either way. */
export function compareCells(left: string, right: string, down: boolean): number {
  if (left === "" || right === "") return Number(left === "") - Number(right === "");
  const sign = down ? -1 : 1;
  const [a, b] = [numberIn(left), numberIn(right)];
  if (a !== null && b !== null) return (a - b) * sign;
  return left.localeCompare(right, "en", { numeric: true }) * sign;
}
