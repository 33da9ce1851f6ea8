import { useMemo } from "react";

import type { RunRow } from "../api/schema";
import { BoxPlot } from "../charts/BoxPlot";
import { ChartCard } from "../charts/ChartCard";
import { ContourPlot } from "../charts/ContourPlot";
import { ParallelCoordinates } from "../charts/ParallelCoordinates";
import { Scatter } from "../charts/Scatter";
import { Button } from "../components/Button";
import { Switch } from "../components/Field";
import { Popover } from "../components/Popover";
import { BY_RUN, type Card, KIND_NAMES } from "../lib/cards";
import { type ColumnId, columnName } from "../lib/columns";
import { counted, wholeNumber } from "../lib/numbers";
import { type Colouring, colouring, plotSides, type PlotSides } from "../lib/plots";
import type { Spacing, Value } from "../lib/scales";
import { useDark } from "../lib/theme";
import { valuesOf } from "../lib/values";
import type { CardProps } from "./CardView";
import { axisChoices, ManyChoice, PlottableSelect, SpacingSelect, TitleField } from "./choices";
import { ColourKey } from "./ColourKey";
import { notYet } from "./NotYet";
import type { PlotData } from "./PlotData";

const HEIGHT = 300;
const MOST_NAMED = 10;

/** A plot of runs by their parameters and metrics: scatter, box, contour or parallel coordinates. */
export function PlotCard({ card, data, onCard, tall }: CardProps) {
  const dark = useDark();
  const { runs, all } = data;
  const count = runs?.length ?? data.total;
  const sides = useMemo(() => plotSides(card, all, count), [card, all, count]);
  const painted = useMemo(
    (): Colouring => {
      if (!runs || card.kind === "box") return { colours: data.colours };
      const found = colouring(sides.colour, runs, data.colours, dark, card.flip, colourSpacing(card, sides));
      return sides.colour === null ? { ...found, legend: ownColours(runs, data) } : found;
    },
    [runs, sides, data, dark, card],
  );
  const used = [...new Set([sides.x, sides.y, sides.colour, ...sides.axes].filter((id) => id !== null))];
  return (
    <ChartCard
      id={card.id}
      title={card.title ?? titleOf(card, sides)}
      height={tall ?? HEIGHT}
      isHeading={tall !== undefined}
      settings={
        <>
          <PlotSettings card={card} data={data} sides={sides} painted={painted} onCard={onCard} />
          {tall === undefined && <TitleField title={card.title} usual={titleOf(card, sides)} onChange={(title) => onCard({ title })} />}
        </>
      }
      legend={painted}
      rows={runs && runs.length > 0 && notYet(data, used, "") === null ? () => plotRows(runs, used) : null}
    >
      {(height) => {
        const waiting = notYet(data, used, KIND_NAMES[card.kind]);
        if (waiting !== null || !runs) return waiting;
        if (runs.length === 0) return <p className="chart-problem quiet">No run to draw.</p>;
        return (
          <div className="plot-space">
            <Plot card={card} data={data} runs={runs} sides={sides} painted={painted} height={height} onCard={onCard} />
            {card.kind !== "box" && <ColourKey painted={painted} />}
            {data.total > runs.length && <p className="chart-note">The first {runs.length.toLocaleString("en-US")} of {counted(data.total, "run")}.</p>}
          </div>
        );
      }}
    </ChartCard>
  );
}

interface PlotProps extends Omit<CardProps, "tall"> {
  runs: RunRow[];
  sides: PlotSides;
  painted: Colouring;
  height: number;
}

function Plot({ card, data, runs, sides, painted: { colours }, height, onCard }: PlotProps) {
  const names = useMemo(() => runs.map((run) => run.run_name || run.run_id), [runs]);
  const [x, y, z] = [useSide(runs, sides.x, card.xscale), useSide(runs, sides.y, card.yscale), useSide(runs, sides.colour, colourSpacing(card, sides))];
  const axes = useMemo(
    () => sides.axes.map((id) => ({ id, title: columnName(id).key, values: valuesOf(runs, id), spacing: card.scales?.[id] })),
    [sides.axes, runs, card.scales],
  );
  const open = (at: number) => {
    const run = runs[at];
    if (run) data.onOpen(run);
  };
  if (card.kind === "parallel") {
    if (axes.length === 0) return <p className="chart-problem quiet">Choose at least one axis.</p>;
    return <ParallelCoordinates axes={axes} names={names} colours={colours} height={height} onReorder={(ids) => onCard({ axes: ids })} onOpen={open} />;
  }
  if (card.kind === "contour") {
    if (!x || !y || !z) return <p className="chart-problem quiet">A contour needs two numbers in which these runs differ, and a third to colour by.</p>;
    return <ContourPlot x={x} y={y} z={z} height={height} flip={card.flip ?? false} />;
  }
  if (!x || !y) return <p className="chart-problem quiet">A {KIND_NAMES[card.kind].toLowerCase()} plot needs two parameters or metrics.</p>;
  if (card.kind === "box") return <BoxPlot x={x} y={y} height={height} />;
  return <Scatter x={x} y={y} names={names} colours={colours} height={height} onOpen={open} />;
}

/** How the numbers are spread that the runs are coloured by. */
function colourSpacing(card: Card, { colour }: PlotSides): Spacing | undefined {
  return colour === null ? undefined : card.scales?.[colour];
}

function useSide(runs: RunRow[], id: ColumnId | null, spacing?: Spacing): { title: string; values: Value[]; spacing?: Spacing | undefined } | null {
  return useMemo(() => (id === null ? null : { title: columnName(id).key, values: valuesOf(runs, id), spacing }), [runs, id, spacing]);
}

interface PlotSettingsProps extends Omit<CardProps, "tall"> {
  sides: PlotSides;
  painted: Colouring;
}

function PlotSettings({ card, data, sides, painted, onCard }: PlotSettingsProps) {
  const numeric = data.all.filter((each) => each.numeric !== false);
  const isContour = card.kind === "contour";
  const side = (name: "x" | "y", of = data.all) => (
    <PlottableSelect label={name.toUpperCase()} value={sides[name] ?? ""} all={of} onChange={(id) => onCard({ [name]: id })} />
  );
  const spread = card.kind === "parallel" ? sides.axes.filter((id) => numeric.some((each) => each.id === id)) : [];
  const onScale = (id: ColumnId) => (spacing: Spacing | undefined) => {
    const scales = Object.fromEntries(Object.entries({ ...card.scales, [id]: spacing }).filter(([, each]) => each !== undefined));
    onCard({ scales: Object.keys(scales).length > 0 ? scales : undefined });
  };
  return (
    <>
      {card.kind !== "parallel" && side("x", isContour ? numeric : data.all)}
      {card.kind !== "parallel" && side("y", isContour || card.kind === "box" ? numeric : data.all)}
      {(card.kind === "scatter" || isContour) && <SpacingSelect label="X scale" value={card.xscale} onChange={(xscale) => onCard({ xscale })} />}
      {card.kind !== "parallel" && <SpacingSelect label="Y scale" value={card.yscale} onChange={(yscale) => onCard({ yscale })} />}
      {card.kind !== "box" && (
        <PlottableSelect
          label="Colour"
          value={sides.colour ?? BY_RUN}
          all={isContour ? numeric : data.all}
          {...(isContour ? {} : { none: { value: BY_RUN, text: data.curves.some((run) => run.group !== undefined) ? "by group" : "one per run" } })}
          onChange={(colour) => onCard({ colour })}
        />
      )}
      {painted.scale && sides.colour !== null && card.kind !== "box" && (
        <SpacingSelect label="Colour scale" value={colourSpacing(card, sides)} onChange={onScale(sides.colour)} />
      )}
      {card.kind === "parallel" && <ManyChoice label="Axes" all={axisChoices(data.all)} chosen={sides.axes} onChange={(ids) => onCard({ axes: ids ?? undefined })} />}
      {spread.length > 0 && (
        <Popover label="Scales" trigger={<Button icon="sort">Scales</Button>}>
          <div className="plot-scales">
            {spread.map((id) => (
              <SpacingSelect key={id} label={columnName(id).key} value={card.scales?.[id]} onChange={onScale(id)} />
            ))}
          </div>
        </Popover>
      )}
      {painted.scale && card.kind !== "box" && <Switch label="Reverse colours" checked={card.flip ?? false} onChange={(on) => onCard({ flip: on || undefined })} />}
    </>
  );
}

/** Which run or group has which colour; of more runs than can be told apart it would be only a list of names. */
function ownColours(runs: RunRow[], { colours, curves }: PlotData): Colouring["legend"] {
  const groups = new Map(curves.flatMap((run) => (run.group === undefined ? [] : [[run.group, run.colour] as const])));
  if (groups.size > 0) return [...groups].map(([name, colour]) => ({ name, colour }));
  return runs.length > MOST_NAMED ? undefined : runs.map((run, at) => ({ name: run.run_name || run.run_id, colour: colours[at] ?? "" }));
}

function titleOf(card: Card, { x, y, colour }: PlotSides): string {
  const name = (id: ColumnId | null) => (id === null ? "nothing" : columnName(id).key);
  switch (card.kind) {
    case "scatter":
      return `${name(y)} over ${name(x)}`;
    case "box":
      return `${name(y)} by ${name(x)}`;
    case "contour":
      return `${name(colour)} over ${name(x)} and ${name(y)}`;
    default:
      return KIND_NAMES[card.kind];
  }
}

/** The runs and what is plotted of them, as the rows of a table. */
export function plotRows(runs: RunRow[], ids: ColumnId[]): string[][] {
  const columns = ids.map((id) => valuesOf(runs, id));
  const text = (value: Value) => (value === null ? "" : typeof value === "number" ? wholeNumber(value) : value);
  return [["run", "run_id", ...ids.map((id) => columnName(id).key)], ...runs.map((run, at) => [run.run_name, run.run_id, ...columns.map((column) => text(column[at] ?? null))])];
}
