import "./ColumnPicker.css";

import { useEffect, useMemo, useRef, useState } from "react";

import type { RunColumns } from "../api/schema";
import { ATTRIBUTE_COLUMNS, type ColumnId, isOwnTag } from "../lib/columns";
import { counted } from "../lib/numbers";
import { Button } from "./Button";
import { SearchField } from "./Field";
import { TickAll } from "./TickAll";

interface ColumnPickerProps {
  columns: RunColumns | undefined;
  chosen: ColumnId[];
  isDefault: boolean;
  attributes?: { key: string; title: string }[];
  /** What each line of the table is. */
  thing?: string;
  /** Whether the least and the greatest of a metric can be columns, too. */
  hasExtremes?: boolean;
  /** null brings the default columns back. */
  onChange: (columns: ColumnId[] | null) => void;
}

interface Choosable {
  id: ColumnId;
  title: string;
  /** How the search finds it. */
  lower: string;
  /** How many runs have it, and how many values there are. */
  runs: number;
  distinct: number;
}

/** More lines than these are not read, but searched. */
const MOST_SHOWN = 100;
const EXTREMES = [
  ["minimum", "min"],
  ["maximum", "max"],
] as const;

/** Chooses the columns of a table, in groups, with a search over all of them. */
export function ColumnPicker({ columns, chosen, isDefault, attributes = ATTRIBUTE_COLUMNS, thing = "run", hasExtremes = true, onChange }: ColumnPickerProps) {
  const [text, setText] = useState("");
  const search = useRef<HTMLInputElement>(null);
  // One who opens it types what is looked for; what is not in its place yet cannot be focused.
  useEffect(() => {
    const frame = requestAnimationFrame(() => search.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, []);
  const wanted = text.toLowerCase();
  // Thousands of columns are looked through with each key that is pressed.
  const groups = useMemo<{ title: string; all: Choosable[] }[]>(
    () => [
      { title: "Attributes", all: attributes.map(({ key, title }) => ({ id: `attributes.${key}`, title, lower: title.toLowerCase(), runs: 0, distinct: 0 })) },
      { title: "Metrics", all: choosable("metrics", columns?.metrics) },
      { title: "Params", all: choosable("params", columns?.params) },
      { title: "Tags", all: choosable("tags", columns?.tags.filter((tag) => isOwnTag(tag.key))) },
    ],
    [attributes, columns],
  );
  const ticked = useMemo(() => new Set(chosen), [chosen]);
  const set = (ids: ColumnId[], on: boolean) => {
    const changed = new Set(ids);
    const rest = chosen.filter((id) => !changed.has(id));
    onChange(on ? [...rest, ...ids] : rest);
  };
  return (
    <div className="column-picker">
      <div className="column-picker-head">
        <SearchField ref={search} label="Search columns" value={text} onChange={setText} />
        <Button kind="quiet" disabled={isDefault} onClick={() => onChange(null)}>
          Reset
        </Button>
      </div>
      <div className="column-picker-list">
        {groups.map(({ title, all }) => {
          const found = wanted === "" ? all : all.filter((each) => each.lower.includes(wanted));
          const on = found.filter((each) => ticked.has(each.id)).length;
          if (found.length === 0) return null;
          return (
            <fieldset key={title}>
              <legend>
                <label>
                  <TickAll all={on === found.length} some={on > 0} onChange={(tick) => set(found.map((each) => each.id), tick)} />
                  {title}
                  <span className="quiet">
                    {on} of {found.length}
                  </span>
                </label>
              </legend>
              {found.slice(0, MOST_SHOWN).map((each) => (
                <div key={each.id} className="column-line">
                  <label>
                    <input type="checkbox" checked={ticked.has(each.id)} onChange={(event) => set([each.id], event.target.checked)} />
                    <span className="column-title">{each.title}</span>
                    <span className="quiet">{hintOf(each, thing)}</span>
                  </label>
                  {hasExtremes && title === "Metrics" &&
                    EXTREMES.map(([group, word]) => {
                      const id = `${group}.${each.title}`;
                      const on = ticked.has(id);
                      return (
                        <button
                          key={group}
                          type="button"
                          className="column-extreme"
                          aria-pressed={on}
                          aria-label={`${word} of ${each.title}`}
                          data-hint={`The ${group} of its history`}
                          onClick={() => set([id], !on)}
                        >
                          {word}
                        </button>
                      );
                    })}
                </div>
              ))}
              {found.length > MOST_SHOWN && <p className="quiet">{found.length - MOST_SHOWN} more: search to narrow them down</p>}
            </fieldset>
          );
        })}
      </div>
    </div>
  );
}

function hintOf({ id, runs, distinct }: Choosable, thing: string): string {
  if (id.startsWith("attributes.")) return "";
  // Of what only others have than those that were looked at, nothing is known.
  return distinct > 1 ? counted(distinct, "value") : runs > 0 ? counted(runs, thing) : "";
}

function choosable(group: string, columns: RunColumns["metrics"] | undefined): Choosable[] {
  return (columns ?? []).map(({ key, runs, distinct }) => ({ id: `${group}.${key}`, title: key, lower: key.toLowerCase(), runs, distinct }));
}
