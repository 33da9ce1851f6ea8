import "./Table.css";

import type { ReactNode } from "react";

import { Icon } from "./Icon";

interface SortHeaderProps {
  title: ReactNode;
  /** undefined: the table is in the order of something else. */
  direction: "ascending" | "descending" | undefined;
  className?: string;
  onSort: () => void;
}

/** The head of a column that puts the table in order when it is pressed. */
export function SortHeader({ title, direction, className, onSort }: SortHeaderProps) {
  return (
    <th scope="col" className={className} aria-sort={direction}>
      <button type="button" className="sort-button" onClick={onSort}>
        {title}
        {direction && <Icon name={direction === "ascending" ? "up" : "down"} size={11} />}
      </button>
    </th>
  );
}
