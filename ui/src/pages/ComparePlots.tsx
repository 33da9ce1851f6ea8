import "../components/ColumnPicker.css";

import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import type { RunRow } from "../api/schema";
import { BoxPlot } from "../charts/BoxPlot";
import { ContourPlot } from "../charts/ContourPlot";
import { ParallelCoordinates } from "../charts/ParallelCoordinates";
import { Scatter } from "../charts/Scatter";
import { Button } from "../components/Button";
import { SearchField } from "../components/Field";
import { Popover } from "../components/Popover";
import { Empty } from "../components/States";
import { type ColumnId, columnName } from "../lib/columns";
import { shortNumber } from "../lib/numbers";
import { scaleColour } from "../lib/palette";
import { axisFor, share } from "../lib/scales";
import { useDark } from "../lib/theme";
import { defaultAxes, defaultColour, defaultSides, type Plottable, valuesOf } from "../lib/values";
import type { CompareSearch } from "../lib/viewState";

interface ComparePlotsProps {
  runs: RunRow[];
  /** One colour per run, for when nothing is chosen to colour by. */
  colours: string[];
  all: Plottable[];
  search: CompareSearch;
  tab: "overview" | "parallel" | "scatter" | "box" | "contour" | "curves";
  onLook: (change: Partial<CompareSearch>) => void;
}

const BY_RUN = "run";

export function ComparePlots({ runs, colours: runColours, all, search, tab, onLook }: ComparePlotsProps) {
  const navigate = useNavigate();
  const dark = useDark();
  const names = useMemo(() => runs.map((run) => run.run_name || run.run_id), [runs]);
  const known = useMemo(() => new Set(all.map((each) => each.id)), [all]);
  const axisIds = useMemo(() => search.axes?.filter((id) => known.has(id)) ?? defaultAxes(all, runs.length), [search.axes, known, all, runs.length]);
  const axes = useMemo(
    () => axisIds.map((id) => ({ id, title: columnName(id).key, values: valuesOf(runs, id) })),
    [axisIds, runs],
  );
  // Two or three runs are told apart by their own colours; a crowd by how well each did.
  const usual = runs.length > 3 ? defaultColour(all) : null;
  const colourId = search.colour === BY_RUN ? null : search.colour && known.has(search.colour) ? search.colour : usual;
  const scale = useMemo(() => {
    const values = colourId ? valuesOf(runs, colourId) : [];
    const axis = axisFor(values);
    return colourId && axis.kind === "number" ? { axis, values } : null;
  }, [colourId, runs]);
  const colours = useMemo(
    () =>
      scale
        ? scale.values.map((value) => {
            const at = share(scale.axis, value);
            return at === null ? (dark ? "#8a8f90" : "#8a857c") : scaleColour(at, dark);
          })
        : runColours,
    [scale, runColours, dark],
  );
  const sides = useMemo(() => defaultSides(all), [all]);
  const x = search.x && known.has(search.x) ? search.x : sides.x;
  const y = search.y && known.has(search.y) ? search.y : sides.y;
  const xSide = useMemo(() => (x ? { title: columnName(x).key, values: valuesOf(runs, x) } : null), [x, runs]);
  const ySide = useMemo(() => (y ? { title: columnName(y).key, values: valuesOf(runs, y) } : null), [y, runs]);

  // Boxes stand over words or numbers that several runs share, a contour needs numbers on both sides.
  const boxBy = (search.x && known.has(search.x) ? search.x : undefined) ?? boxSide(all, runs, y) ?? x;
  const boxSideOf = useMemo(() => (boxBy ? { title: columnName(boxBy).key, values: valuesOf(runs, boxBy) } : null), [boxBy, runs]);
  const plain = all.filter((each) => each.numeric && each.differs);
  const across = numericSide(plain, search.x, 0);
  const up = numericSide(plain, search.y, 1, across);
  const height = colourId ?? y;
  const contour = useMemo(() => {
    const side = (id: ColumnId | null | undefined) => (id ? { title: columnName(id).key, values: valuesOf(runs, id) } : null);
    const [a, b, c] = [side(across), side(up), side(height)];
    return a && b && c ? { x: a, y: b, z: c } : null;
  }, [across, up, height, runs]);

  const open = (at: number) => {
    const run = runs[at];
    if (run) void navigate({ to: "/experiments/$experimentId/runs/$runId", params: { experimentId: run.experiment_id, runId: run.run_id } });
  };
  const numeric = all.filter((each) => each.numeric);
  const colourChoice = (
    <>
      <PlottableSelect
        label="Colour"
        value={colourId ?? BY_RUN}
        all={numeric}
        none={{ value: BY_RUN, text: "one per run" }}
        onChange={(colour) => onLook({ colour })}
      />
      {scale && scale.axis.kind === "number" && (
        <span className="colour-scale">
          {shortNumber(scale.axis.low)}
          <i style={{ background: `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map((at) => scaleColour(at, dark)).join(", ")})` }} />
          {shortNumber(scale.axis.high)}
        </span>
      )}
    </>
  );
  if (all.length === 0) return <Empty icon="chart" title="These runs have no parameters and no metrics to plot" />;
  const tall = tab === "overview" ? 320 : 520;
  if (tab === "box") {
    return (
      <section className="card plot" aria-label="Box plot">
        <div className="plot-head">
          <h2>Box</h2>
          <div className="plot-controls">
            <PlottableSelect label="X" value={boxBy ?? ""} all={all} onChange={(id) => onLook({ x: id })} />
            <PlottableSelect label="Y" value={y ?? ""} all={numeric} onChange={(id) => onLook({ y: id })} />
          </div>
        </div>
        {boxSideOf && ySide ? (
          <BoxPlot x={boxSideOf} y={ySide} height={tall} />
        ) : (
          <p className="chart-problem quiet">A box plot needs a parameter and a metric.</p>
        )}
      </section>
    );
  }
  if (tab === "contour") {
    return (
      <section className="card plot" aria-label="Contour plot">
        <div className="plot-head">
          <h2>Contour</h2>
          <div className="plot-controls">
            <PlottableSelect label="X" value={across ?? ""} all={numeric} onChange={(id) => onLook({ x: id })} />
            <PlottableSelect label="Y" value={up ?? ""} all={numeric} onChange={(id) => onLook({ y: id })} />
            {colourChoice}
          </div>
        </div>
        {contour ? (
          <ContourPlot x={contour.x} y={contour.y} z={contour.z} height={tall} />
        ) : (
          <p className="chart-problem quiet">A contour needs two numbers in which these runs differ, and a third to colour by.</p>
        )}
      </section>
    );
  }
  return (
    <div className={tab === "overview" ? "plots plots-both" : "plots"}>
      {tab !== "scatter" && (
        <section className="card plot" aria-label="Parallel coordinates">
          <div className="plot-head">
            <h2>Parallel coordinates</h2>
            <div className="plot-controls">
              {colourChoice}
              <Popover label="Axes" trigger={<Button icon="columns">Axes</Button>}>
                <AxisPicker all={all} chosen={axisIds} onChange={(ids) => onLook({ axes: ids ?? undefined } as Partial<CompareSearch>)} />
              </Popover>
            </div>
          </div>
          {axes.length > 0 ? (
            <ParallelCoordinates
              axes={axes}
              names={names}
              colours={colours}
              height={tall}
              onReorder={(ids) => onLook({ axes: ids })}
              onOpen={open}
            />
          ) : (
            <p className="chart-problem quiet">Choose at least one axis.</p>
          )}
        </section>
      )}
      {tab !== "parallel" && (
        <section className="card plot" aria-label="Scatter plot">
          <div className="plot-head">
            <h2>Scatter</h2>
            <div className="plot-controls">
              <PlottableSelect label="X" value={x ?? ""} all={all} onChange={(id) => onLook({ x: id })} />
              <PlottableSelect label="Y" value={y ?? ""} all={all} onChange={(id) => onLook({ y: id })} />
              {tab === "scatter" && colourChoice}
            </div>
          </div>
          {xSide && ySide ? (
            <Scatter x={xSide} y={ySide} names={names} colours={colours} height={tall} onOpen={open} />
          ) : (
            <p className="chart-problem quiet">A scatter plot needs two parameters or metrics.</p>
          )}
        </section>
      )}
    </div>
  );
}

/** The parameter that groups the runs best: few values, several runs for each. */
function boxSide(all: Plottable[], runs: RunRow[], y: ColumnId | null): ColumnId | undefined {
  const values = (each: Plottable) => new Set(valuesOf(runs, each.id).map(String)).size;
  return all
    .filter((each) => each.group === "params" && each.id !== y && each.differs)
    .map((each) => ({ id: each.id, count: values(each) }))
    .sort((a, b) => a.count - b.count)[0]?.id;
}

/** The wished number if it is one; otherwise the one at this place, parameters first. */
function numericSide(plain: Plottable[], wished: string | undefined, at: number, taken?: ColumnId): ColumnId | undefined {
  if (plain.some((each) => each.id === wished) && wished !== taken) return wished;
  const left = plain.filter((each) => each.id !== taken);
  return (left[taken === undefined ? at : 0] ?? left[0])?.id;
}

interface PlottableSelectProps {
  label: string;
  value: string;
  all: Plottable[];
  none?: { value: string; text: string };
  onChange: (id: ColumnId) => void;
}

function PlottableSelect({ label, value, all, none, onChange }: PlottableSelectProps) {
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
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        {none && <option value={none.value}>{none.text}</option>}
        {group("params", "Parameters")}
        {group("metrics", "Metrics")}
      </select>
    </label>
  );
}

interface AxisPickerProps {
  all: Plottable[];
  chosen: ColumnId[];
  onChange: (ids: ColumnId[] | null) => void;
}

function AxisPicker({ all, chosen, onChange }: AxisPickerProps) {
  const [text, setText] = useState("");
  const found = all.filter((each) => each.title.toLowerCase().includes(text.toLowerCase()));
  return (
    <div className="column-picker">
      <div className="column-picker-head">
        <SearchField label="Search axes" value={text} onChange={setText} />
        <Button kind="quiet" onClick={() => onChange(null)}>
          Reset
        </Button>
      </div>
      <div className="column-picker-list">
        {found.map((each) => (
          <label key={each.id}>
            <input
              type="checkbox"
              checked={chosen.includes(each.id)}
              onChange={(event) => onChange(event.target.checked ? [...chosen, each.id] : chosen.filter((id) => id !== each.id))}
            />
            <span className="column-title">{each.title}</span>
            <span className="quiet">{each.group === "params" ? "parameter" : "metric"}</span>
          </label>
        ))}
      </div>
    </div>
  );
}
