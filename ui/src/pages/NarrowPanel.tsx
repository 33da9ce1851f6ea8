import "../components/ColumnPicker.css";
import "./NarrowPanel.css";

import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";

import { usedDatasets } from "../api/datasets";
import { Button } from "../components/Button";
import { SearchField } from "../components/Field";
import { Failure, Skeleton } from "../components/States";
import { momentsOf, type Narrowing, narrowText, NOT_NARROWED, RANGES } from "../lib/narrow";
import { inputMoment, momentOf, zoneName } from "../lib/time";
import { VersionChoice } from "./VersionChoice";

interface NarrowPanelProps {
  experimentIds: string[];
  narrowing: Narrowing;
  onChange: (change: Narrowing) => void;
}

const SEARCHED_FROM = 8;
const MOST_SHOWN = 200;

/** Chooses when the shown runs were created, which data they used, and as what they were registered. */
export default function NarrowPanel({ experimentIds, narrowing, onChange }: NarrowPanelProps) {
  const { startTime, data = [] } = narrowing;
  const used = useQuery(usedDatasets(experimentIds));
  const [text, setText] = useState("");
  const name = useId();
  const [from, until] = momentsOf(startTime);
  const own = (start: number | null, end: number | null) => onChange({ startTime: start === null && end === null ? undefined : `${start ?? ""}-${end ?? ""}` });
  const found = (used.data ?? []).filter((each) => each.name.toLowerCase().includes(text.toLowerCase()));
  return (
    <div className="column-picker narrow-panel">
      <div className="column-picker-list">
        <fieldset>
          <legend>Created</legend>
          {[{ value: undefined, text: "Any time" }, ...RANGES].map((range) => (
            <label key={range.text}>
              <input type="radio" name={name} checked={startTime === range.value} onChange={() => onChange({ startTime: range.value })} />
              {range.text}
            </label>
          ))}
          <div className="narrow-own">
            <label>
              From
              <input type="datetime-local" value={inputMoment(from)} onChange={(event) => own(momentOf(event.target.value), until)} />
            </label>
            <label>
              Until
              <input type="datetime-local" value={inputMoment(until)} onChange={(event) => own(from, momentOf(event.target.value))} />
            </label>
            <span className="quiet">{zoneName()}</span>
          </div>
        </fieldset>
        <fieldset>
          <legend>Data</legend>
          {used.isPending && <Skeleton lines={2} />}
          {used.error && !used.data && <Failure error={used.error} what="list the datasets" onRetry={() => void used.refetch()} />}
          {used.data?.length === 0 && <p className="quiet narrow-none">No run has logged which data it used.</p>}
          {(used.data?.length ?? 0) > SEARCHED_FROM && <SearchField label="Search datasets" value={text} onChange={setText} />}
          {found.slice(0, MOST_SHOWN).map((each) => {
            const id = `${each.digest} ${each.name}`;
            const rest = data.filter((one) => one !== id);
            return (
              <label key={id}>
                <input
                  type="checkbox"
                  checked={data.includes(id)}
                  onChange={(event) => {
                    const next = event.target.checked ? [...rest, id] : rest;
                    onChange({ data: next.length > 0 ? next : undefined });
                  }}
                />
                <span className="column-title" data-hint={each.name}>
                  {each.name}
                </span>
                <span className="quiet">{each.digest.slice(0, 8)}</span>
              </label>
            );
          })}
          {found.length > MOST_SHOWN && <p className="quiet">{found.length - MOST_SHOWN} more: search to narrow them down</p>}
        </fieldset>
        <VersionChoice narrowing={narrowing} onChange={onChange} />
      </div>
      <div className="column-picker-head">
        <Button kind="quiet" disabled={narrowText(narrowing) === ""} onClick={() => onChange(NOT_NARROWED)}>
          Any time, data and model
        </Button>
      </div>
    </div>
  );
}
