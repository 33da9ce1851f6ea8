import "../components/ColumnPicker.css";

import { useState } from "react";

import { Button } from "../components/Button";
import { SearchField } from "../components/Field";
import { Popover } from "../components/Popover";
import type { ColumnId } from "../lib/columns";
import { metricTitle } from "../lib/expression";
import { counted } from "../lib/numbers";
import type { Spacing } from "../lib/scales";
import type { Plottable } from "../lib/values";

interface PlottableSelectProps {
  label: string;
  value: string;
  all: Plottable[];
  none?: { value: string; text: string };
  onChange: (id: ColumnId) => void;
}

/** One parameter or metric of many. */
export function PlottableSelect({ label, value, all, none, onChange }: PlottableSelectProps) {
  const group = (name: "params" | "metrics", title: string) => {
    const some = all.filter((each) => each.group === name);
    if (some.length === 0) return null;
    return (
      <optgroup label={title}>
        {some.map((each) => (
          <option key={each.id} value={each.id}>
            {each.title}
          </option>
        ))}
      </optgroup>
    );
  };
  return (
    <label className="plot-select">
      <span aria-hidden="true">{label}</span>
      <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
        {none && <option value={none.value}>{none.text}</option>}
        {group("params", "Parameters")}
        {group("metrics", "Metrics")}
      </select>
    </label>
  );
}

/** How the numbers along a side are spread. */
export function SpacingSelect({ label, value, onChange }: { label: string; value: Spacing | undefined; onChange: (spacing: Spacing | undefined) => void }) {
  return (
    <label className="plot-select">
      <span aria-hidden="true">{label}</span>
      <select aria-label={label} value={value ?? ""} onChange={(event) => onChange((event.target.value || undefined) as Spacing | undefined)}>
        <option value="">auto</option>
        <option value="linear">linear</option>
        <option value="log">log</option>
        <option value="symlog">symlog</option>
      </select>
    </label>
  );
}

/** What a chart is called, if not what it shows. */
export function TitleField({ title, usual, onChange }: { title: string | undefined; usual: string; onChange: (title: string | undefined) => void }) {
  return (
    <label className="plot-select">
      <span aria-hidden="true">Title</span>
      <input aria-label="Title" value={title ?? ""} placeholder={usual} maxLength={200} onChange={(event) => onChange(event.target.value || undefined)} />
    </label>
  );
}

interface ManyChoiceProps {
  /** "Axes", "Metrics" */
  label: string;
  all: { id: string; title: string; hint?: string }[];
  chosen: string[];
  /** null brings back what is shown when nobody chose. */
  onChange: (ids: string[] | null) => void;
}

const MOST_SHOWN = 200;

/** Some of many, in the order in which they are ticked. */
export function ManyChoice({ label, all, chosen, onChange }: ManyChoiceProps) {
  const [text, setText] = useState("");
  const wanted = text.toLowerCase();
  const found = all.filter((each) => each.title.toLowerCase().includes(wanted));
  return (
    <Popover label={label} trigger={<Button icon="columns">{`${label} (${counted(chosen.length, "", "").trim()})`}</Button>}>
      <div className="column-picker">
        <div className="column-picker-head">
          <SearchField label={`Search ${label.toLowerCase()}`} value={text} onChange={setText} />
          <Button kind="quiet" onClick={() => onChange(null)}>
            Reset
          </Button>
        </div>
        <div className="column-picker-list">
          {found.slice(0, MOST_SHOWN).map((each) => (
            <label key={each.id}>
              <input
                type="checkbox"
                checked={chosen.includes(each.id)}
                onChange={(event) => onChange(event.target.checked ? [...chosen, each.id] : chosen.filter((id) => id !== each.id))}
              />
              <span className="column-title">{each.title}</span>
              {each.hint && <span className="quiet">{each.hint}</span>}
            </label>
          ))}
          {found.length > MOST_SHOWN && <p className="quiet">{found.length - MOST_SHOWN} more: search to narrow them down</p>}
        </div>
      </div>
    </Popover>
  );
}

export function axisChoices(all: Plottable[]): { id: string; title: string; hint: string }[] {
  return all.map((each) => ({ id: each.id, title: each.title, hint: each.group === "params" ? "parameter" : "metric" }));
}

export function metricChoices(keys: string[]): { id: string; title: string }[] {
  return keys.map((key) => ({ id: key, title: metricTitle(key) }));
}
