import { useMemo } from "react";

import { keep, useStored } from "./stored";

const STORED = "flowmill.stars";
/** As many as one table of chosen runs may hold. */
export const MOST_STARS = 1000;

/** The runs that the person of this browser has starred, the last first. */
export function useStars(): string[] {
  const stored = useStored(STORED);
  return useMemo(() => (Array.isArray(stored) ? stored.filter((each): each is string => typeof each === "string") : []), [stored]);
}

export function star(stars: string[], id: string): void {
  keep(STORED, stars.includes(id) ? stars.filter((each) => each !== id) : [id, ...stars].slice(0, MOST_STARS));
}
