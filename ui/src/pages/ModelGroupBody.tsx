import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { modelsOfExperiment } from "../api/models";
import type { LoggedModel, ModelGroup } from "../api/schema";
import { IconButton } from "../components/Button";
import { ModelStatusText } from "../components/ModelStatusText";
import { RunLink } from "../components/RunLink";
import { ShowMore } from "../components/ShowMore";
import { Failure, Skeleton } from "../components/States";
import { NumberText } from "../components/Values";
import { type ColumnId, columnName } from "../lib/columns";
import { withClause } from "../lib/filter";
import { groupClause } from "../lib/modelColumns";
import { counted } from "../lib/numbers";
import { NoValue } from "./NoValue";

interface ModelGroupBodyProps {
  group: ModelGroup;
  by: ColumnId;
  columns: ColumnId[];
  experimentId: string;
  filter: string;
  sort: string;
  open: boolean;
  onFold: (open: boolean) => void;
  line: (model: LoggedModel, dataset?: string | null) => ReactNode;
}

/** A group of logged models: what they have in common and, unfolded, the models. */
export function ModelGroupBody({ group, by, columns, experimentId, filter, sort, open, onFold, line }: ModelGroupBodyProps) {
  return (
    <tbody>
      <tr className="model-group">
        <th scope="rowgroup">
          <span className="model-group-name">
            <IconButton icon={open ? "down" : "right"} size={14} label={`Models of ${columnName(by).key} ${group.value ?? "–"}`} aria-expanded={open} onClick={() => onFold(!open)} />
            <GroupValue by={by} value={group.value} />
            <span className="badge">{group.models > 1 ? `mean of ${counted(group.models, "model")}` : "1 model"}</span>
          </span>
        </th>
        {columns.map((id) => {
          const { group: kind, key } = columnName(id);
          const number = kind === "metrics" ? group.numbers[key] : undefined;
          return (
            <td key={id} className={kind === "metrics" ? "cell-number" : undefined}>
              {number && (
                <>
                  <span className="visually-hidden">mean </span>
                  <NumberText value={number.mean} />
                </>
              )}
            </td>
          );
        })}
        <td />
      </tr>
      {open && (
        <ModelsOfGroup
          experimentId={experimentId}
          filter={withClause(filter, groupClause(by, group.value ?? null))}
          sort={sort}
          width={columns.length + 2}
          line={(model) => line(model, by === "attributes.dataset" ? (group.value ?? null) : undefined)}
        />
      )}
    </tbody>
  );
}

function GroupValue({ by, value }: { by: ColumnId; value: string | null | undefined }) {
  if (value === null || value === undefined) return <NoValue />;
  if (by === "attributes.run") return <RunLink runId={value} />;
  return by === "attributes.status" ? <ModelStatusText status={value} /> : <span>{value}</span>;
}

interface ModelsOfGroupProps {
  experimentId: string;
  filter: string;
  sort: string;
  /** In columns. */
  width: number;
  line: (model: LoggedModel) => ReactNode;
}

function ModelsOfGroup({ experimentId, filter, sort, width, line }: ModelsOfGroupProps) {
  const list = useInfiniteQuery(modelsOfExperiment(experimentId, filter, sort));
  const models = list.data?.pages.flatMap((page) => page.models ?? []) ?? [];
  return (
    <>
      {models.map((model) => line(model))}
      {(list.isPending || list.error || list.hasNextPage) && (
        <tr>
          <td colSpan={width}>
            {list.isPending && <Skeleton lines={2} />}
            {list.error && <Failure error={list.error} what="read the models of the group" onRetry={() => void list.refetch()} />}
            <ShowMore list={list} />
          </td>
        </tr>
      )}
    </>
  );
}
