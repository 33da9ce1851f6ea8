import { useState } from "react";

import { type Bar, BarChart } from "../charts/BarChart";
import { ChartCard } from "../charts/ChartCard";
import { AlongSelect, ExpressionField, LogChoice, PointsChoice, SmoothingChoice, SmoothingSlider } from "../charts/ChartControls";
import { SeriesChart } from "../charts/SeriesChart";
import { Button } from "../components/Button";
import { Switch } from "../components/Field";
import { type CardLook, lookOfCard } from "../lib/cards";
import { numberOf } from "../lib/columns";
import { computedKey, isComputed, metricTitle } from "../lib/expression";
import { counted, toNumber } from "../lib/numbers";
import { barMetrics } from "../lib/plots";
import type { ChartLook } from "../lib/viewState";
import type { CardProps } from "./CardView";
import { ManyChoice, metricChoices, TitleField } from "./choices";
import { OfAll } from "./OfAll";
import { notYet } from "./NotYet";
import { plotRows } from "./PlotCard";

const HEIGHT = 300;
/** More lines than these of a run cannot be told apart. */
const MOST_METRICS = 12;
/** An answer holds no more histories; the metric that curves run along may be one of them. */
const MOST_HISTORIES = 2000;

/** Curves of some metrics in one chart. */
export function LinesCard({ card, data, onCard }: CardProps) {
  const most = Math.max(1, Math.min(MOST_METRICS, Math.floor(MOST_HISTORIES / Math.max(1, data.curves.length)) - 1));
  const metrics = (data.all.length > 0 ? barMetrics(card, data.all) : (card.metrics ?? data.keys.slice(0, 1))).slice(0, most);
  const search = lookOfCard(data.look, card);
  const look = (change: { [K in keyof CardLook]?: CardLook[K] | undefined }) => onCard({ look: { ...card.look, ...change } });
  return (
    <SeriesChart
      id={card.id}
      title={card.title ?? (metrics.map(metricTitle).join(", ") || "Lines")}
      metrics={metrics}
      runs={data.curves}
      search={search}
      height={HEIGHT}
      beside={<OfAll shown={data.curves.length} total={data.curvesOf} />}
      settings={
        <>
          <ManyChoice label="Metrics" all={metricChoices([...metrics.filter(isComputed), ...data.keys])} chosen={metrics} onChange={(ids) => onCard({ metrics: ids?.slice(0, MOST_METRICS) })} />
          <Computed metrics={metrics} onMetrics={(all) => onCard({ metrics: all.slice(0, MOST_METRICS) })} />
          <LookSettings search={search} keys={data.keys} onLook={look} />
          <TitleField title={card.title} usual={metrics.map(metricTitle).join(", ")} onChange={(title) => onCard({ title })} />
          <Button kind="quiet" disabled={card.look === undefined} onClick={() => onCard({ look: undefined })}>
            As on the page
          </Button>
        </>
      }
    />
  );
}

/** Adds a curve that is computed from metrics. */
function Computed({ metrics, onMetrics }: { metrics: string[]; onMetrics: (metrics: string[]) => void }) {
  const [isWriting, setWriting] = useState(false);
  if (!isWriting) {
    return (
      <Button icon="plus" onClick={() => setWriting(true)}>
        Computed
      </Button>
    );
  }
  return (
    <ExpressionField
      label="Computed from metrics"
      onDone={(text) => {
        setWriting(false);
        if (text && !metrics.includes(computedKey(text))) onMetrics([...metrics, computedKey(text)]);
      }}
    />
  );
}

interface LookSettingsProps {
  search: ChartLook;
  keys: string[];
  onLook: (change: { [K in keyof CardLook]?: CardLook[K] | undefined }) => void;
}

function LookSettings({ search, keys, onLook }: LookSettingsProps) {
  return (
    <>
      <AlongSelect axis={search.axis ?? "step"} keys={keys} onChange={(axis) => onLook({ axis })} />
      <SmoothingSlider smooth={search.smooth ?? 0} smoothing={search.smoothing} onChange={(smooth) => onLook({ smooth })} />
      <SmoothingChoice smoothing={search.smoothing} onChange={(smoothing) => onLook({ smoothing })} />
      <LogChoice log={search.log ?? false} onChange={(log) => onLook({ log })} />
      <Switch label="Log along" checked={search.xlog ?? false} onChange={(xlog) => onLook({ xlog })} />
      <Switch label="Ignore outliers" checked={search.trim ?? false} onChange={(trim) => onLook({ trim })} />
      <PointsChoice points={search.points} onChange={(points) => onLook({ points })} />
    </>
  );
}

/** More bars than this are no picture any more. */
const MOST_BARS = 200;

/** The last values of metrics, a bar for each run. */
export function BarsCard({ card, data, onCard }: CardProps) {
  const metrics = barMetrics(card, data.all);
  const title = card.title ?? (metrics.join(", ") || "Bars");
  const { runs } = data;
  const ids = metrics.map((key) => `metrics.${key}`);
  const bars = (runs ?? []).flatMap((run, at): Bar[] =>
    metrics.flatMap((key) => {
      const value = numberOf(run, `metrics.${key}`);
      const name = run.run_name || run.run_id;
      return value === undefined ? [] : [{ id: `${run.run_id} ${key}`, name: metrics.length > 1 ? `${name}, ${key}` : name, colour: data.colours[at] ?? "", value: toNumber(value) }];
    }),
  );
  return (
    <ChartCard
      id={card.id}
      title={title}
      height={HEIGHT}
      settings={
        <>
          <ManyChoice label="Metrics" all={metricChoices(data.keys)} chosen={metrics} onChange={(ids) => onCard({ metrics: ids?.slice(0, MOST_METRICS) })} />
          <TitleField title={card.title} usual={metrics.join(", ")} onChange={(title) => onCard({ title })} />
        </>
      }
      rows={runs && bars.length > 0 ? () => plotRows(runs, ids) : null}
    >
      {(height) => {
        const waiting = notYet(data, ids, title);
        if (waiting !== null) return waiting;
        if (bars.length === 0) return <p className="chart-problem quiet">{metrics.length === 0 ? "Choose a metric in the settings of this chart." : "None of these runs has logged it."}</p>;
        return (
          <div className="plot-space">
            <BarChart title={title} bars={bars.slice(0, MOST_BARS)} height={height} />
            {bars.length > MOST_BARS && <p className="chart-note">The first {MOST_BARS} of {counted(bars.length, "bar")}.</p>}
          </div>
        );
      }}
    </ChartCard>
  );
}
