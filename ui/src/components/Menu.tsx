import "./Menu.css";

import { lazy, type ReactElement } from "react";

import { FirstUse } from "./FirstUse";
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

/** A button with a menu. */
export function Menu(props: MenuProps) {
  return (
    <FirstUse trigger={props.trigger} opens="menu" load={load}>
      <OpenMenu {...props} />
    </FirstUse>
  );
}
