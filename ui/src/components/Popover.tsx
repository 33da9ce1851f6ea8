import { cloneElement, lazy, type ReactElement, type ReactNode, Suspense, useState } from "react";

export interface PopoverProps {
  trigger: ReactElement<Record<string, unknown>>;
  label: string;
  align?: "start" | "end";
  children: ReactNode;
}

const load = () => import("./OpenPopover");
const OpenPopover = lazy(load);

/** A button with a small panel; like `Menu`, what it needs is fetched when it is about to be used. */
export function Popover(props: PopoverProps) {
  const [used, setUsed] = useState(false);
  const closed = cloneElement(props.trigger, {
    "aria-haspopup": "dialog",
    "aria-expanded": false,
    onPointerEnter: () => void load(),
    onFocus: () => void load(),
    onClick: () => setUsed(true),
  });
  if (!used) return closed;
  return (
    <Suspense fallback={closed}>
      <OpenPopover {...props} />
    </Suspense>
  );
}
