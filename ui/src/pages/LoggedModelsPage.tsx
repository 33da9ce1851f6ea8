import "../components/Table.css";
import "./RunOverview.css";
import "./details.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useMemo, useState } from "react";

import { experiment as experimentQuery } from "../api/experiments";
import { trackingUri } from "../api/http";
import { modelsOfExperiment } from "../api/models";
import type { LoggedModel } from "../api/schema";
import { type Bar, BarChart } from "../charts/BarChart";
import { Button } from "../components/Button";
import { Choice, SearchField } from "../components/Field";
import { Icon } from "../components/Icon";
import { KeyText } from "../components/KeyText";
import { PageHead } from "../components/PageHead";
import { RunLink } from "../components/RunLink";
import { ShowMore } from "../components/ShowMore";
import { Snippet } from "../components/Snippet";
import { Empty, Failure, NotShown, Skeleton } from "../components/States";
import { ModelStatusText } from "../components/ModelStatusText";
import { NumberText, TimeText } from "../components/Values";
import { plainFirst } from "../lib/differences";
import { toNumber } from "../lib/numbers";
import { runColours } from "../lib/palette";
import { registrationsOf } from "../lib/runModels";
import { useDark } from "../lib/theme";
import { useLastGood } from "../lib/useLastGood";

const route = getRouteApi("/experiments/$experimentId/models");
const THIS_TAB = { exact: true };
const EXAMPLE = "metrics.accuracy > 0.9";

/** The models that the runs of an experiment logged: what was measured of each, as a table or as bars. */
export function LoggedModelsPage() {
  const { experimentId } = route.useParams();
  const { filter = "", sort = "", view } = route.useSearch();
  const navigate = useNavigate();
  const experiment = useQuery(experimentQuery(experimentId));
  const list = useInfiniteQuery(modelsOfExperiment(experimentId, filter, sort));
  const shown = useLastGood(list.data, experimentId);
  const models = useMemo(() => shown?.pages.flatMap((page) => page.models ?? []) ?? [], [shown]);
  const keys = useMemo(
    () => [...new Set(models.flatMap((model) => (model.data?.metrics ?? []).map((metric) => metric.key)))].filter((key) => !key.startsWith("system/")).sort(plainFirst),
    [models],
  );
  if (experiment.error && !experiment.data) {
    return <NotShown error={experiment.error} what="experiment" id={experimentId} onRetry={() => void experiment.refetch()} />;
  }
  const name = experiment.data?.name ?? experimentId;
  const look = (part: object) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...part }), replace: true });
  return (
    <div className="page run-page">
      <PageHead
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
        ]}
        title={name}
        tabTitle={`Models of ${name}`}
      >
        <nav className="tabs" aria-label="Views of the experiment">
          <Link to="/experiments/$experimentId" params={{ experimentId }} search={{}} activeOptions={THIS_TAB} className="tab">
            Runs
          </Link>
          <Link to="/experiments/$experimentId" params={{ experimentId }} search={{ tab: "charts" as const }} activeOptions={THIS_TAB} className="tab">
            Charts
          </Link>
          <Link to="/experiments/$experimentId/models" params={{ experimentId }} className="tab">
            Models
          </Link>
        </nav>
      </PageHead>
      <div className="section">
        <div className="toolbar">
          <FilterForm filter={filter} onFilter={(text) => look({ filter: text || undefined })} />
          <div className="toolbar-end">
            <Choice<"table" | "charts">
              label="How the models are shown"
              value={view ?? "table"}
              choices={[
                { value: "table", text: "Table" },
                { value: "charts", text: "Charts" },
              ]}
              onChange={(to) => look({ view: to === "charts" ? to : undefined })}
            />
          </div>
        </div>
        {list.error && <Failure error={list.error} what="read the models" onRetry={() => void list.refetch()} />}
        {list.isPending && !shown ? (
          <Skeleton lines={6} height="1.6rem" />
        ) : models.length === 0 ? (
          !list.error && <NoModels filtered={filter !== ""} />
        ) : view === "charts" ? (
          <ModelBars models={models} keys={keys} />
        ) : (
          <ModelTable models={models} keys={keys} sort={sort} onSort={(to) => look({ sort: to || undefined })} />
        )}
        <ShowMore list={list} />
      </div>
    </div>
  );
}

function FilterForm({ filter, onFilter }: { filter: string; onFilter: (text: string) => void }) {
  const [text, setText] = useState(filter);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onFilter(text.trim());
  };
  // Back and forward change what is asked; the field keeps the focus.
  useEffect(() => setText(filter), [filter]);
  const change = (to: string) => {
    setText(to);
    // A field that was cleared asks for everything at once.
    if (to === "" && filter !== "") onFilter("");
  };
  return (
    <form className="toolbar" role="search" onSubmit={submit}>
      <SearchField label="Filter the models" placeholder={EXAMPLE} value={text} onChange={change} />
      <Button type="submit">Filter</Button>
    </form>
  );
}

function NoModels({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty icon="search" title="No model matches">
        <p>Keys are name, metrics.…, params.…, tags.… and status; texts stand in single quotes.</p>
      </Empty>
    );
  }
  return (
    <Empty icon="models" title="No run of this experiment has logged a model">
      <Snippet
        label="Log a model"
        code={`import flowmill\nfrom sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression\n\nX, y = load_iris(return_X_y=True)\nflowmill.set_tracking_uri(${JSON.stringify(trackingUri())})\nwith flowmill.start_run():\n    flowmill.sklearn.log_model(LogisticRegression(max_iter=500).fit(X, y), name="model", input_example=X[:5])`}
      />
    </Empty>
  );
}

interface ModelTableProps {
  models: LoggedModel[];
  keys: string[];
  sort: string;
  onSort: (sort: string) => void;
}

function ModelTable({ models, keys, sort, onSort }: ModelTableProps) {
  const header = (field: string, text: string, isNumber = false) => {
    const direction = sort === field ? "ascending" : sort === `-${field}` ? "descending" : undefined;
    // Numbers are looked at from the greatest on.
    const next = direction === undefined ? (isNumber ? `-${field}` : field) : direction === "descending" ? field : `-${field}`;
    return (
      <th key={field} scope="col" className={isNumber ? "cell-number" : undefined} aria-sort={direction}>
        <button type="button" className="sort-button" onClick={() => onSort(next)}>
          <span>{text}</span>
          {direction && <Icon name={direction === "ascending" ? "up" : "down"} size={11} />}
        </button>
      </th>
    );
  };
  return (
    // A region that scrolls must be reachable without a mouse.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="table-wrap" tabIndex={0} role="region" aria-label="Table of logged models">
      <table className="table table-rows">
        <thead>
          <tr>
            {header("name", "Model")}
            <th scope="col">Status</th>
            <th scope="col">Source run</th>
            <th scope="col">Registered as</th>
            <th scope="col">Dataset</th>
            {keys.map((key) => header(`metrics.${key}`, key, true))}
            {header("creation_timestamp", "Created")}
          </tr>
        </thead>
        <tbody>
          {models.map((model) => {
            const { info } = model;
            const datasets = [...new Set((model.data?.metrics ?? []).flatMap((metric) => metric.dataset_name ?? []))];
            return (
              <tr key={info.model_id}>
                <th scope="row" className="cell-name">
                  <Link to="/experiments/$experimentId/models/$modelId" params={{ experimentId: info.experiment_id, modelId: info.model_id }}>
                    {info.name || info.model_id}
                  </Link>
                </th>
                <td className="cell-tight">
                  <ModelStatusText status={info.status} />
                </td>
                <td>{info.source_run_id ? <RunLink runId={info.source_run_id} /> : <span className="quiet">–</span>}</td>
                <td>
                  <span className="badges">
                    {registrationsOf(model).map(({ name, version }) => (
                      <Link key={`${name} ${version}`} to="/models/$name/versions/$version" params={{ name, version }} className="badge badge-accent">
                        <span>{name}</span> v{version}
                      </Link>
                    ))}
                  </span>
                </td>
                <td>{datasets.join(", ") || <span className="quiet">–</span>}</td>
                {keys.map((key) => {
                  const value = lastOf(model, key);
                  return (
                    <td key={key} className="cell-number">
                      {value === undefined ? <span className="quiet">–</span> : <NumberText value={value} />}
                    </td>
                  );
                })}
                <td className="cell-tight">
                  <TimeText value={info.creation_timestamp_ms} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** The last value of a metric that was measured of a model. */
function lastOf(model: LoggedModel, key: string) {
  const found = (model.data?.metrics ?? []).filter((metric) => metric.key === key);
  return found.sort((a, b) => toNumber(b.step) - toNumber(a.step) || toNumber(b.timestamp) - toNumber(a.timestamp))[0]?.value;
}

/** A bar for each model, a picture for each metric. */
function ModelBars({ models, keys }: { models: LoggedModel[]; keys: string[] }) {
  const dark = useDark();
  const colours = useMemo(() => runColours(models.map(({ info }) => info.model_id), dark), [models, dark]);
  if (keys.length === 0) return <Empty icon="chart" title="Nothing was measured of these models" />;
  const names = models.map(({ info }) => info.name);
  return (
    <div className="model-bars">
      {keys.map((key) => {
        const bars = models.flatMap(({ info, ...rest }): Bar[] => {
          const value = lastOf({ info, ...rest }, key);
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
