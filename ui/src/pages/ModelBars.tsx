import "./details.css";

import { useMemo } from "react";

import type { LoggedModel } from "../api/schema";
import { type Bar, BarChart } from "../charts/BarChart";
import { KeyText } from "../components/KeyText";
import { Empty } from "../components/States";
import { lastOf } from "../lib/modelColumns";
import { toNumber } from "../lib/numbers";
import { runColours } from "../lib/palette";
import { useDark } from "../lib/theme";

/** A bar for each model, a picture for each metric. */
export function ModelBars({ models, keys }: { models: LoggedModel[]; keys: string[] }) {
  const dark = useDark();
  const colours = useMemo(() => runColours(models.map(({ info }) => info.model_id), dark), [models, dark]);
  if (keys.length === 0) return <Empty icon="chart" title="Nothing was measured of these models" />;
  const names = models.map(({ info }) => info.name);
  return (
    <div className="model-bars">
      {keys.map((key) => {
        const bars = models.flatMap((model): Bar[] => {
          const { info } = model;
          const value = lastOf(model, key);
          if (value === undefined) return [];
          const isOnly = names.filter((name) => name === info.name).length === 1;
          return [{ id: info.model_id, name: info.name && isOnly ? info.name : `${info.name} ${info.model_id.slice(0, 10)}`, colour: colours.get(info.model_id) ?? "", value: toNumber(value) }];
        });
        return (
          <section key={key} className="card model-bar-card" aria-label={key}>
            <h2>
              <KeyText text={key} />
            </h2>
            <BarChart title={key} bars={bars} height={240} />
          </section>
        );
      })}
    </div>
  );
}
