import "./Menu.css";

import { cloneElement, lazy, type ReactElement, Suspense, useState } from "react";

import type { IconName } from "./Icon";

export interface MenuItem {
  label: string;
  icon?: IconName;
  danger?: boolean;
  disabled?: boolean;
  checked?: boolean;
  onSelect: () => void;
}

export interface MenuProps {
  trigger: ReactElement<Record<string, unknown>>;
  items: MenuItem[];
  align?: "start" | "end";
}

const load = () => import("./OpenMenu");
const OpenMenu = lazy(load);

/** A button with a menu. What a menu needs is fetched when a pointer or the focus comes near, not with the page. */
export function Menu(props: MenuProps) {
  const [used, setUsed] = useState(false);
  const closed = cloneElement(props.trigger, {
    "aria-haspopup": "menu",
    "aria-expanded": false,
    onPointerEnter: () => void load(),
    onFocus: () => void load(),
    onClick: () => setUsed(true),
  });
  if (!used) return closed;
  return (
    <Suspense fallback={closed}>
      <OpenMenu {...props} />
    </Suspense>
  );
}
