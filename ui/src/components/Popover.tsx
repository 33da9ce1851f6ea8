import { lazy, type ReactElement, type ReactNode } from "react";

import { FirstUse } from "./FirstUse";

export interface PopoverProps {
  trigger: ReactElement<Record<string, unknown>>;
  label: string;
  align?: "start" | "end";
  children: ReactNode;
}

const load = () => import("./OpenPopover");
const OpenPopover = lazy(load);

/** A button with a small panel. */
export function Popover(props: PopoverProps) {
  return (
    <FirstUse trigger={props.trigger} opens="dialog" load={load}>
      <OpenPopover {...props} />
    </FirstUse>
  );
}
