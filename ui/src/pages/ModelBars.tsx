import "./details.css";

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";

import { runName } from "../api/runNames";
import type { LoggedModel, ModelGroup } from "../api/schema";
import { type Bar, BarChart } from "../charts/BarChart";
import { KeyText } from "../components/KeyText";
import { Empty } from "../components/States";
import type { ColumnId } from "../lib/columns";
import { lastOf } from "../lib/modelColumns";
import { toNumber } from "../lib/numbers";
import { coloursApart } from "../lib/palette";
import { useDark } from "../lib/theme";

interface ModelBarsProps {
  models: LoggedModel[];
  keys: string[];
  /** A bar is then for the models of a group, and as long as their mean. */
  groups: ModelGroup[] | null;
  by: ColumnId | undefined;
}

/** A bar for each model or group of models, a picture for each metric. */
export function ModelBars({ models, keys, groups, by }: ModelBarsProps) {
  const dark = useDark();
  const runs = useRunNames(by === "attributes.run" ? (groups ?? []).flatMap((group) => group.value ?? []) : []);
  const ids = useMemo(() => groups?.map((group) => group.value ?? "") ?? models.map(({ info }) => info.model_id), [groups, models]);
  const colours = useMemo(() => coloursApart(ids, dark), [ids, dark]);
  if (keys.length === 0) return <Empty icon="chart" title="Nothing was measured of these models" />;
  const names = models.map(({ info }) => info.name);
  const colour = (id: string) => colours.get(id) ?? "";
  const barsOf = (key: string): Bar[] =>
    groups
      ? groups.flatMap(({ value, numbers }): Bar[] => {
          const id = value ?? "";
          const number = numbers[key];
          if (!number || !Number.isFinite(toNumber(number.mean))) return [];
          const deviation = typeof number.deviation === "number" ? { deviation: number.deviation } : {};
          return [{ id, name: runs.get(id) ?? (id || "–"), colour: colour(id), value: toNumber(number.mean), ...deviation }];
        })
      : models.flatMap((model): Bar[] => {
          const { model_id: id, name } = model.info;
          const value = lastOf(model, key);
          if (value === undefined) return [];
          const isOnly = names.filter((each) => each === name).length === 1;
          return [{ id, name: name && isOnly ? name : `${name} ${id.slice(0, 10)}`, colour: colour(id), value: toNumber(value) }];
        });
  return (
    <div className="model-bars">
      {keys.map((key) => (
        <section key={key} className="card model-bar-card" aria-label={key}>
          <h2>
            <KeyText text={key} />
          </h2>
          <BarChart title={key} bars={barsOf(key)} height={240} />
        </section>
      ))}
    </div>
  );
}

/** The names of these runs, as far as they are known. */
function useRunNames(ids: string[]): Map<string, string> {
  const answers = useQueries({ queries: ids.map((id) => runName(id)) });
  return new Map(ids.flatMap((id, at): [string, string][] => (answers[at]?.data ? [[id, answers[at].data.run_name]] : [])));
}
