import { type RefObject, useLayoutEffect, useRef } from "react";

/**
 * Lines that are being read stay where they are when others come above them. `height`: of each, in px; `question`: what
 * they answer, because those of another one are not the same list. Calls back with how many came above.
 */
export function useSteady(scroller: RefObject<HTMLElement | null>, lines: { id: string }[], height: number, question: string, onShift: (by: number) => void): void {
  const last = useRef({ lines, question });
  useLayoutEffect(() => {
    const before = last.current;
    last.current = { lines, question };
    const element = scroller.current;
    if (!element || before.lines === lines || before.question !== question || element.scrollTop < height / 2) return;
    const at = Math.round(element.scrollTop / height);
    const id = before.lines[at]?.id;
    const by = id === undefined || lines[at]?.id === id ? 0 : lines.findIndex((line) => line.id === id) - at;
    if (by === 0 || by < -at) return;
    element.scrollTo({ top: element.scrollTop + by * height });
    onShift(by);
  }, [scroller, lines, height, question, onShift]);
}
