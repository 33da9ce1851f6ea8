import "./RunOverview.css";

import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import type { LoggedModel } from "../api/schema";
import { IconButton } from "../components/Button";
import { copyText } from "../components/Copy";
import { RegisterDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { ModelStatusText } from "../components/ModelStatusText";
import { useNotices } from "../components/Notices";
import { RunLink } from "../components/RunLink";
import { ScrollTable } from "../components/ScrollTable";
import { SortHeader } from "../components/SortHeader";
import { NumberText, ParamText, TimeText } from "../components/Values";
import { VersionBadges } from "../components/VersionBadges";
import { type ColumnId, columnName } from "../lib/columns";
import { lastOf, MODEL_ATTRIBUTES, modelOrder, modelText } from "../lib/modelColumns";
import { registrationsOf } from "../lib/runModels";
import { NoValue } from "./NoValue";

interface ModelTableProps {
  models: LoggedModel[];
  columns: ColumnId[];
  className?: string;
  /** What stands instead of one line after the other, made of such lines. */
  children?: (line: (model: LoggedModel, dataset?: string | null) => ReactNode) => ReactNode;
  /** As the server names it; "-" before it is descending. */
  sort?: string;
  onSort?: (sort: string) => void;
}

/** Logged models, a line for each, with what can be done with it. */
export function ModelTable({ models, columns, className = "", children, sort = "", onSort }: ModelTableProps) {
  const [registered, setRegistered] = useState<LoggedModel | null>(null);
  const header = (id: ColumnId, field: string | undefined, title: ReactNode) => {
    const isNumber = id.startsWith("metrics.");
    if (!onSort || field === undefined) {
      return (
        <th key={id} scope="col" className={isNumber ? "cell-number" : undefined}>
          {title}
        </th>
      );
    }
    const direction = sort === field ? "ascending" : sort === `-${field}` ? "descending" : undefined;
    // Numbers are looked at from the greatest on.
    const next = direction === undefined ? (isNumber ? `-${field}` : field) : direction === "descending" ? field : `-${field}`;
    return <SortHeader key={id} title={title} direction={direction} {...(isNumber ? { className: "cell-number" } : {})} onSort={() => onSort(next)} />;
  };
  const line = (model: LoggedModel, dataset?: string | null) => (
    <ModelRow key={model.info.model_id} model={model} columns={columns} dataset={dataset} onRegister={() => setRegistered(model)} />
  );
  return (
    <>
      <ScrollTable label="Table of logged models" className={className}>
        <thead>
          <tr>
            {header("name", "name", "Model")}
            {columns.map((id) => header(id, modelOrder(id), <ColumnTitle id={id} />))}
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        {children ? children(line) : <tbody>{models.map((model) => line(model))}</tbody>}
      </ScrollTable>
      {registered && (
        <RegisterDialog
          source={`models:/${registered.info.model_id}`}
          runId={registered.info.source_run_id}
          modelId={registered.info.model_id}
          onClose={() => setRegistered(null)}
        />
      )}
    </>
  );
}

function ColumnTitle({ id }: { id: ColumnId }) {
  const { group, key } = columnName(id);
  if (group === "attributes") return MODEL_ATTRIBUTES.find((attribute) => attribute.key === key)?.title ?? key;
  return <span>{key}</span>;
}

interface ModelRowProps {
  model: LoggedModel;
  columns: ColumnId[];
  /** On which data its metrics are to have been measured, where that matters. */
  dataset: string | null | undefined;
  onRegister: () => void;
}

function ModelRow({ model, columns, dataset, onRegister }: ModelRowProps) {
  const { info } = model;
  const navigate = useNavigate();
  const { tell, tellFailure } = useNotices();
  const name = info.name || info.model_id;
  const params = { experimentId: info.experiment_id, modelId: info.model_id };
  return (
    <tr>
      <th scope="row" className="cell-name">
        <Link to="/experiments/$experimentId/models/$modelId" params={params} data-hint={info.model_id}>
          {name}
        </Link>
      </th>
      {columns.map((id) => (
        <td key={id} className={id.startsWith("metrics.") ? "cell-number" : /^attributes\.(status|created)$/.test(id) ? "cell-tight" : undefined}>
          <Cell model={model} id={id} dataset={dataset} />
        </td>
      ))}
      <td className="cell-tight">
        <Menu
          trigger={<IconButton icon="more" label={`Actions for ${name}`} />}
          items={[
            { label: "Register", icon: "register", onSelect: onRegister },
            { label: "Files", icon: "folder", onSelect: () => void navigate({ to: "/experiments/$experimentId/models/$modelId/artifacts", params }) },
            { label: "Copy model ID", icon: "copy", onSelect: () => void copyText(info.model_id).then(() => tell("The model ID was copied."), tellFailure) },
          ]}
        />
      </td>
    </tr>
  );
}

function Cell({ model, id, dataset }: { model: LoggedModel; id: ColumnId; dataset: string | null | undefined }) {
  const { group, key } = columnName(id);
  const { info } = model;
  if (id === "attributes.status") return <ModelStatusText status={info.status} />;
  if (id === "attributes.created") return <TimeText value={info.creation_timestamp_ms} />;
  if (id === "attributes.registered") return <VersionBadges versions={registrationsOf(model)} />;
  if (group === "metrics") {
    const value = lastOf(model, key, dataset);
    return value === undefined ? <NoValue /> : <NumberText value={value} />;
  }
  const text = modelText(model, id);
  if (text === undefined) return <NoValue />;
  if (id === "attributes.run") return <RunLink runId={text} />;
  if (id === "attributes.id") return <code>{text}</code>;
  return group === "attributes" ? <>{text}</> : <ParamText value={text} />;
}
