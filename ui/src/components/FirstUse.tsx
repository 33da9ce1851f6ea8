import { cloneElement, type ReactElement, type ReactNode, Suspense, useState } from "react";

interface FirstUseProps {
  trigger: ReactElement<Record<string, unknown>>;
  opens: "menu" | "dialog";
  /** Fetches what the children are made of. */
  load: () => Promise<unknown>;
  children: ReactNode;
}

/** A button that opens something. What that needs is fetched when a pointer or the focus comes near, not with the page. */
export function FirstUse({ trigger, opens, load, children }: FirstUseProps) {
  const [used, setUsed] = useState(false);
  const closed = cloneElement(trigger, {
    "aria-haspopup": opens,
    "aria-expanded": false,
    onPointerEnter: () => void load(),
    onFocus: () => void load(),
    onClick: () => setUsed(true),
  });
  return used ? <Suspense fallback={closed}>{children}</Suspense> : closed;
}
