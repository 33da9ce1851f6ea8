import "../components/ColumnPicker.css";

import { useState } from "react";

import type { RunColumns } from "../api/schema";
import { Button } from "../components/Button";
import { SearchField } from "../components/Field";
import { type ColumnId, isOwnTag } from "../lib/columns";
import { counted } from "../lib/numbers";

interface GroupPickerProps {
  columns: RunColumns | undefined;
  chosen: ColumnId[];
  onChange: (columns: ColumnId[]) => void;
}

const MOST_KEYS = 5;
const MOST_SHOWN = 200;

/** Chooses by which parameters and tags runs are grouped; those that differ in most runs come first. */
export default function GroupPicker({ columns, chosen, onChange }: GroupPickerProps) {
  const [text, setText] = useState("");
  const wanted = text.toLowerCase();
  const sections = [
    { title: "Params", all: choosable("params", columns?.params) },
    { title: "Tags", all: choosable("tags", columns?.tags.filter((tag) => isOwnTag(tag.key))) },
    {
      title: "Attributes",
      all: [
        { id: "attributes.status", title: "Status", hint: "" },
        { id: "attributes.user_id", title: "User", hint: "" },
      ],
    },
  ];
  return (
    <div className="column-picker">
      <div className="column-picker-head">
        <SearchField label="Search parameters and tags" value={text} onChange={setText} />
        <Button kind="quiet" disabled={chosen.length === 0} onClick={() => onChange([])}>
          Ungroup
        </Button>
      </div>
      <div className="column-picker-list">
        {sections.map(({ title, all }) => {
          const found = all.filter((each) => each.title.toLowerCase().includes(wanted)).slice(0, MOST_SHOWN);
          if (found.length === 0) return null;
          return (
            <fieldset key={title}>
              <legend>{title}</legend>
              {found.map((each) => (
                <label key={each.id}>
                  <input
                    type="checkbox"
                    checked={chosen.includes(each.id)}
                    disabled={!chosen.includes(each.id) && chosen.length >= MOST_KEYS}
                    onChange={(event) => onChange(event.target.checked ? [...chosen, each.id] : chosen.filter((id) => id !== each.id))}
                  />
                  <span className="column-title">{each.title}</span>
                  <span className="quiet">{each.hint}</span>
                </label>
              ))}
            </fieldset>
          );
        })}
      </div>
    </div>
  );
}

function choosable(group: string, columns: RunColumns["params"] | undefined): { id: ColumnId; title: string; hint: string }[] {
  return [...(columns ?? [])]
    .sort((a, b) => Number(b.distinct > 1) - Number(a.distinct > 1))
    .map(({ key, distinct }) => ({ id: `${group}.${key}`, title: key, hint: distinct > 0 ? counted(distinct, "value") : "" }));
}
