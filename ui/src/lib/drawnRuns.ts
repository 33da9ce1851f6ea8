import { counted } from "./numbers";

/** Of how many runs curves can be drawn, if that is more than usual. */
export const MOST_CHOICES = [100, 300, 1000] as const;
export type MostDrawn = (typeof MOST_CHOICES)[number];

/** More curves than the first of these in one chart cannot be told apart; ticked runs were chosen; groups are few curves of many runs. */
const USUAL = { first: 20, ticked: 100, grouped: 200 } as const;

export interface Drawn {
  /** Of how many runs there are curves at most. */
  most: number;
  /** How many that is if nobody asked for more. */
  usual: number;
}

export function mostDrawn(wished: MostDrawn | undefined, isGrouped: boolean, isTicked: boolean): Drawn {
  const usual = isGrouped ? USUAL.grouped : isTicked ? USUAL.ticked : USUAL.first;
  return { usual, most: Math.max(usual, wished ?? 0) };
}

/** Which larger numbers are worth a choice, smallest first: none after the first that draws all there are. */
export function largerChoices(drawn: number, total: number): MostDrawn[] {
  const larger = MOST_CHOICES.filter((each) => each > drawn);
  const enough = larger.findIndex((each) => each >= total);
  return enough < 0 ? larger : larger.slice(0, enough + 1);
}

/** What is said of how many runs are drawn. */
export function drawnText(drawn: number, total: number, isTicked: boolean): string {
  const what = isTicked ? "ticked run" : "run";
  return drawn < total ? `Curves are of the first ${drawn.toLocaleString("en-US")} of ${counted(total, what)}.` : `Curves are of all ${counted(total, what)}.`;
}
