import { useState } from "react";

/** The value, or while there is none the last one that there was for the same thing: a failed request empties no page. */
export function useLastGood<T>(value: T | undefined, thing: string): T | undefined {
  const [last, setLast] = useState<{ thing: string; value: T } | null>(null);
  if (value !== undefined && (last === null || last.value !== value || last.thing !== thing)) setLast({ thing, value });
  if (value !== undefined) return value;
  return last?.thing === thing ? last.value : undefined;
}
