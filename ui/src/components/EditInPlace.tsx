import "./Table.css";

import type { ReactNode } from "react";

import { IconButton } from "./Button";
import type { IconName } from "./Icon";
import { Popover } from "./Popover";

interface EditInPlaceProps {
  /** What the panel is called. */
  label: string;
  /** What the button does. */
  does: string;
  icon: IconName;
  children: ReactNode;
}

/** In a line of a list: a small button that opens what changes a part of the line. */
export function EditInPlace({ label, does, icon, children }: EditInPlaceProps) {
  return (
    <Popover label={label} trigger={<IconButton icon={icon} size={13} label={does} className="edit-in-place" />}>
      <div className="popover-body">{children}</div>
    </Popover>
  );
}
