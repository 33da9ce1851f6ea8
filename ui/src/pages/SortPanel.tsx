import "../components/ColumnPicker.css";
import "./NarrowPanel.css";

import { type KeyboardEvent, useEffect, useRef, useState } from "react";

import type { RunColumns } from "../api/schema";
import { Button } from "../components/Button";
import { Choice, SearchField } from "../components/Field";
import { Icon } from "../components/Icon";
import { ATTRIBUTE_COLUMNS, isOwnTag, orderKey } from "../lib/columns";

interface SortPanelProps {
  columns: RunColumns | undefined;
  order: { key: string; ascending: boolean } | null;
  /** null: the newest first. */
  onOrder: (order: { key: string; ascending: boolean } | null) => void;
}

const MOST_SHOWN = 200;

/** Chooses by what runs are sorted: anything that they have, whether the table shows it or not. */
export default function SortPanel({ columns, order, onOrder }: SortPanelProps) {
  const [text, setText] = useState("");
  const search = useRef<HTMLInputElement>(null);
  // One who opens it types what is looked for; what is not in its place yet cannot be focused.
  useEffect(() => {
    const frame = requestAnimationFrame(() => search.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, []);
  const wanted = text.toLowerCase();
  const attributes = [{ key: "run_name", title: "Run name" }, ...ATTRIBUTE_COLUMNS];
  const of = (group: "metrics" | "params" | "tags") => (columns?.[group] ?? []).filter(({ key }) => group !== "tags" || isOwnTag(key)).map(({ key }) => ({ id: `${group}.${key}`, title: key }));
  const groups = [
    { title: "Attributes", all: attributes.map(({ key, title }) => ({ id: `attributes.${key}`, title })) },
    { title: "Metrics", all: of("metrics") },
    { title: "Params", all: of("params") },
    { title: "Tags", all: of("tags") },
  ].map(({ title, all }) => ({
    title,
    found: all.flatMap((each) => {
      const key = orderKey(each.id);
      return key !== undefined && each.title.toLowerCase().includes(wanted) ? [{ key, title: each.title }] : [];
    }),
  }));
  const choose = (key: string) => onOrder({ key, ascending: order?.key === key ? !order.ascending : (order?.ascending ?? false) });
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const stops = [search.current, ...event.currentTarget.querySelectorAll<HTMLElement>(".sort-key")];
    const at = stops.indexOf(document.activeElement as HTMLInputElement);
    stops[Math.min(stops.length - 1, Math.max(0, at + step))]?.focus();
  };
  return (
    // The fields and buttons within take the focus; the keys that lead from one to the next are heard here.
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions
    <div className="column-picker sort-panel" onKeyDown={onKeyDown}>
      <div className="column-picker-head">
        <SearchField ref={search} label="Search what to sort by" value={text} onChange={setText} />
        <Button kind="quiet" disabled={order === null} onClick={() => onOrder(null)}>
          Newest first
        </Button>
      </div>
      {order && (
        <div className="column-picker-head">
          <Choice<"down" | "up">
            label="Direction"
            value={order.ascending ? "up" : "down"}
            choices={[
              { value: "down", text: "Largest first" },
              { value: "up", text: "Smallest first" },
            ]}
            onChange={(direction) => onOrder({ key: order.key, ascending: direction === "up" })}
          />
        </div>
      )}
      <div className="column-picker-list">
        {groups.map(({ title, found }) =>
          found.length === 0 ? null : (
            <fieldset key={title}>
              <legend>{title}</legend>
              {found.slice(0, MOST_SHOWN).map((each) => (
                <button key={each.key} type="button" className="sort-key" aria-pressed={order?.key === each.key} onClick={() => choose(each.key)}>
                  <span className="column-title">{each.title}</span>
                  {order?.key === each.key && <Icon name={order.ascending ? "up" : "down"} size={13} />}
                </button>
              ))}
              {found.length > MOST_SHOWN && <p className="quiet">{found.length - MOST_SHOWN} more: search to narrow them down</p>}
            </fieldset>
          ),
        )}
        {groups.every(({ found }) => found.length === 0) && <p className="quiet">Nothing is called so.</p>}
      </div>
    </div>
  );
}
