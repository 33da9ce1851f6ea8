import type { MenuItem, MenuProps } from "../components/Menu";
import OpenMenu from "../components/OpenMenu";
import { type ColumnId, columnName, isNumeric, moved } from "../lib/columns";
import { type HeaderCellProps, NARROWEST } from "./RunsTableHeader";

interface ColumnMenuProps extends HeaderCellProps {
  trigger: MenuProps["trigger"];
  /** By what the server orders runs for this column, if it can. */
  orderBy: string | undefined;
}

/** All that can be done with a column of the runs' table. */
export default function ColumnMenu(props: ColumnMenuProps) {
  return <OpenMenu trigger={props.trigger} items={menuItems(props)} />;
}

function menuItems({ id, columns, pinned, width, orderBy: key, onOrder, onColumns, onPin, onWidth, onGroup, onFilter }: ColumnMenuProps): MenuItem[] {
  const { group, key: name } = columnName(id);
  const at = columns.indexOf(id);
  const isPinned = pinned.includes(id);
  const items: MenuItem[] = [];
  if (key !== undefined) {
    items.push(
      { label: "Order, largest first", icon: "down", onSelect: () => onOrder({ key, ascending: false }) },
      { label: "Order, smallest first", icon: "up", onSelect: () => onOrder({ key, ascending: true }) },
    );
  }
  if (group === "params" || group === "tags" || id === "attributes.status" || id === "attributes.user") {
    items.push({ label: "Group by it", icon: "group", onSelect: () => onGroup(id === "attributes.user" ? "attributes.user_id" : id) });
  }
  if (key !== undefined) {
    items.push({ label: "Filter by it", icon: "filter", onSelect: () => onFilter(key) });
  }
  if (isNumeric(id)) {
    const beside = (other: ColumnId) => [...columns.slice(0, at + 1), other, ...columns.slice(at + 1)];
    for (const [kind, label] of [["metrics", "Add the last value"], ["minimum", "Add the minimum"], ["maximum", "Add the maximum"]] as const) {
      const other = `${kind}.${name}`;
      if (!columns.includes(other)) items.push({ label, icon: "plus", onSelect: () => onColumns(beside(other)) });
    }
  }
  items.push(
    { label: isPinned ? "Unpin" : "Pin to the left", icon: "pin", onSelect: () => onPin(isPinned ? pinned.filter((each) => each !== id) : [...pinned, id]) },
    { label: "Move left", icon: "left", disabled: at <= 0, onSelect: () => onColumns(moved(columns, id, at - 1)) },
    { label: "Move right", icon: "right", disabled: at >= columns.length - 1, onSelect: () => onColumns(moved(columns, id, at + 1)) },
    { label: "Wider", icon: "plus", onSelect: () => onWidth(id, width + 40) },
    { label: "Narrower", icon: "columns", disabled: width <= NARROWEST, onSelect: () => onWidth(id, Math.max(NARROWEST, width - 40)) },
    { label: "Hide", icon: "close", onSelect: () => onColumns(columns.filter((each) => each !== id)) },
  );
  return items;
}
