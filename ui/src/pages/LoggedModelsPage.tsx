import "./details.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useMemo, useState } from "react";

import { experiment as experimentQuery } from "../api/experiments";
import { trackingUri } from "../api/http";
import { modelsOfExperiment } from "../api/models";
import type { RunColumns } from "../api/schema";
import { Button } from "../components/Button";
import { Choice, SearchField } from "../components/Field";
import { Popover } from "../components/Popover";
import { ColumnPicker } from "../components/ColumnPicker";
import { PageHead } from "../components/PageHead";
import { ShowMore } from "../components/ShowMore";
import { Snippet } from "../components/Snippet";
import { Empty, Failure, NotShown, Skeleton } from "../components/States";
import { isOwnTag } from "../lib/columns";
import { csv } from "../lib/csv";
import { counted } from "../lib/numbers";
import { defaultModelColumns, MODEL_ATTRIBUTES, metricKeys, modelColumns, modelRows } from "../lib/modelColumns";
import { fileSafe, saveFile } from "../lib/saveFile";
import { useLastGood } from "../lib/useLastGood";
import { ModelBars } from "./ModelBars";
import { ModelTable } from "./ModelTable";

const route = getRouteApi("/experiments/$experimentId/models");
const THIS_TAB = { exact: true };
const EXAMPLE = "metrics.accuracy > 0.9";

/** The models that the runs of an experiment logged: what was measured of each, as a table or as bars. */
export function LoggedModelsPage() {
  const { experimentId } = route.useParams();
  const { filter = "", sort = "", view, cols, group } = route.useSearch();
  const navigate = useNavigate();
  const experiment = useQuery(experimentQuery(experimentId));
  const list = useInfiniteQuery(modelsOfExperiment(experimentId, filter, sort));
  const shown = useLastGood(list.data, experimentId);
  const models = useMemo(() => shown?.pages.flatMap((page) => page.models ?? []) ?? [], [shown]);
  const known = useMemo(() => modelColumns(models), [models]);
  const columns = cols ?? defaultModelColumns(models);
  if (experiment.error && !experiment.data) {
    return <NotShown error={experiment.error} what="experiment" id={experimentId} onRetry={() => void experiment.refetch()} />;
  }
  const name = experiment.data?.name ?? experimentId;
  const save = () => saveFile(`${fileSafe(`Models of ${name}`)}.csv`, csv(modelRows(models, columns)), "text/csv");
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
            <GroupChoice columns={known} group={group} onGroup={(by) => look({ group: by || undefined })} />
            {view !== "charts" && (
              <Popover label="Columns" trigger={<Button icon="columns">Columns</Button>}>
                <ColumnPicker
                  columns={known}
                  attributes={MODEL_ATTRIBUTES}
                  thing="model"
                  hasExtremes={false}
                  chosen={columns}
                  isDefault={cols === undefined}
                  onChange={(ids) => look({ cols: ids ?? undefined })}
                />
              </Popover>
            )}
            {view !== "charts" && (
              <Button kind="quiet" icon="download" disabled={models.length === 0} data-hint="The models and columns that are shown" onClick={save}>
                CSV
              </Button>
            )}
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
          <ModelBars models={models} keys={metricKeys(models)} by={group} />
        ) : (
          <ModelTable models={models} columns={columns} by={group} sort={sort} onSort={(to) => look({ sort: to || undefined })} />
        )}
        {group !== undefined && list.hasNextPage && <p className="quiet">Groups are of the {counted(models.length, "model")} that are shown.</p>}
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

const GROUPABLE = ["run", "dataset", "status", "type"];

interface GroupChoiceProps {
  columns: RunColumns;
  group: string | undefined;
  onGroup: (by: string) => void;
}

/** By what the models are put into groups. */
function GroupChoice({ columns, group = "", onGroup }: GroupChoiceProps) {
  const sections = [
    { title: "Attributes", options: MODEL_ATTRIBUTES.filter(({ key }) => GROUPABLE.includes(key)).map(({ key, title }) => ({ id: `attributes.${key}`, title })) },
    { title: "Parameters", options: columns.params.map(({ key }) => ({ id: `params.${key}`, title: key })) },
    { title: "Tags", options: columns.tags.filter(({ key }) => isOwnTag(key)).map(({ key }) => ({ id: `tags.${key}`, title: key })) },
  ];
  return (
    <select className="select-inline" aria-label="Group the models" value={group} onChange={(event) => onGroup(event.target.value)}>
      <option value="">Not grouped</option>
      {sections.map(
        ({ title, options }) =>
          options.length > 0 && (
            <optgroup key={title} label={title}>
              {options.map(({ id, title: text }) => (
                <option key={id} value={id}>
                  By {text}
                </option>
              ))}
            </optgroup>
          ),
      )}
    </select>
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
