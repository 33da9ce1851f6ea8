import "./Hint.css";

import { useEffect, useRef, useState } from "react";

interface Shown {
  text: string;
  left: number;
  top: number;
  above: boolean;
}

const WAIT = 350;

/**
 * Shows the text of any element's `data-hint` while it is hovered or focused. One layer for the whole page, so a table
 * of ten thousand rows pays nothing for its hints. What it says is on screen or in a label already; readers skip it.
 */
export function HintLayer() {
  const [shown, setShown] = useState<Shown | null>(null);
  const timer = useRef(0);
  useEffect(() => {
    let current: Element | null = null;
    const hide = () => {
      window.clearTimeout(timer.current);
      current = null;
      setShown(null);
    };
    const onOver = (event: Event) => {
      const element = event.target instanceof Element ? event.target.closest("[data-hint]") : null;
      if (element === current) return;
      hide();
      if (!element || (event.type === "focusin" && !element.matches(":focus-visible"))) return;
      current = element;
      timer.current = window.setTimeout(() => {
        if (!element.isConnected || element.getAttribute("data-state") === "open") return;
        const box = element.getBoundingClientRect();
        const above = box.bottom + 48 > window.innerHeight;
        setShown({
          text: element.getAttribute("data-hint") ?? "",
          left: Math.min(window.innerWidth - 12, Math.max(12, box.left + box.width / 2)),
          top: above ? box.top - 6 : box.bottom + 6,
          above,
        });
      }, WAIT);
    };
    const onKey = (event: KeyboardEvent) => event.key === "Escape" && hide();
    document.addEventListener("mouseover", onOver);
    document.addEventListener("focusin", onOver);
    document.addEventListener("focusout", hide);
    document.addEventListener("pointerdown", hide);
    document.addEventListener("scroll", hide, true);
    document.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("mouseover", onOver);
      document.removeEventListener("focusin", onOver);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("pointerdown", hide);
      document.removeEventListener("scroll", hide, true);
      document.removeEventListener("keydown", onKey);
    };
  }, []);
  if (!shown) return null;
  return (
    <div className={shown.above ? "hint hint-above" : "hint"} style={{ left: shown.left, top: shown.top }} aria-hidden="true" ref={keepInside}>
      {shown.text}
    </div>
  );
}

/** Moves a hint that would stick out of the window back into it. */
function keepInside(element: HTMLDivElement | null): void {
  if (!element) return;
  const box = element.getBoundingClientRect();
  const shift = Math.max(8 - box.left, 0) - Math.max(box.right - (window.innerWidth - 8), 0);
  if (shift !== 0) element.style.marginLeft = `${shift}px`;
}
