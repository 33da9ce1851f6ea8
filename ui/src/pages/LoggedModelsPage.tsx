import "./details.css";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useMemo, useState } from "react";

import { experiment as experimentQuery } from "../api/experiments";
import { trackingUri } from "../api/http";
import { allModels, modelColumns, modelGroups, modelsOfExperiment } from "../api/models";
import type { RunColumns } from "../api/schema";
import { Button } from "../components/Button";
import { Choice, SearchField } from "../components/Field";
import { Popover } from "../components/Popover";
import { ColumnPicker } from "../components/ColumnPicker";
import { useNotices } from "../components/Notices";
import { PageHead } from "../components/PageHead";
import { ShowMore } from "../components/ShowMore";
import { Snippet } from "../components/Snippet";
import { Empty, Failure, NotShown, Skeleton } from "../components/States";
import { isOwnTag } from "../lib/columns";
import { csv } from "../lib/csv";
import { counted } from "../lib/numbers";
import { defaultModelColumns, groupedBy, MODEL_ATTRIBUTES, modelRows, shownColumns, sortedModelGroups } from "../lib/modelColumns";
import { fileSafe, saveFile } from "../lib/saveFile";
import { useLastGood } from "../lib/useLastGood";
import { ExperimentTabs } from "./ExperimentTabs";
import { ModelBars } from "./ModelBars";
import { ModelGroupBody } from "./ModelGroupBody";
import { ModelTable } from "./ModelTable";

const route = getRouteApi("/experiments/$experimentId/models");
const NOTHING: string[] = [];
const EXAMPLE = "metrics.accuracy > 0.9";

/** The models that the runs of an experiment logged: what was measured of each, as a table or as bars. */
export function LoggedModelsPage() {
  const { experimentId } = route.useParams();
  const { filter = "", sort = "", view, cols, group: grouping, open = NOTHING } = route.useSearch();
  const group = grouping === undefined ? undefined : groupedBy(grouping) && grouping;
  const navigate = useNavigate();
  const ids = useMemo(() => [experimentId], [experimentId]);
  const experiment = useQuery(experimentQuery(experimentId));
  const answer = useQuery(modelColumns(experimentId));
  const known = useMemo(() => shownColumns(answer.data), [answer.data]);
  // What groups have is the means of their metrics: those come first.
  const columns = useMemo(() => {
    const chosen = cols ?? defaultModelColumns(known);
    const isMetric = (id: string) => id.startsWith("metrics.");
    return group === undefined ? chosen : [...chosen.filter(isMetric), ...chosen.filter((id) => !isMetric(id))];
  }, [cols, known, group]);
  const keys = useMemo(() => known.metrics.map(({ key }) => key), [known]);
  const metrics = view === "charts" ? keys : columns.flatMap((id) => (id.startsWith("metrics.") ? id.slice(8) : []));
  const list = useInfiniteQuery({ ...modelsOfExperiment(experimentId, filter, sort), enabled: group === undefined });
  const groups = useQuery({ ...modelGroups(experimentId, filter, group ? (groupedBy(group) ?? "") : "", group ? metrics : NOTHING), enabled: !answer.isPending });
  const shown = useLastGood(list.data, experimentId);
  const shownGroups = useLastGood(groups.data, `${experimentId} ${group ?? ""}`);
  const models = useMemo(() => shown?.pages.flatMap((page) => page.models ?? []) ?? [], [shown]);
  const ordered = useMemo(() => (group === undefined || !shownGroups ? null : sortedModelGroups(shownGroups.groups, sort)), [group, shownGroups, sort]);
  const { tellFailure } = useNotices();
  if (experiment.error && !experiment.data) {
    return <NotShown error={experiment.error} what="experiment" id={experimentId} onRetry={() => void experiment.refetch()} />;
  }
  const name = experiment.data?.name ?? experimentId;
  const save = async () => {
    try {
      saveFile(`${fileSafe(`Models of ${name}`)}.csv`, csv(modelRows(await allModels(experimentId, filter, sort), columns)), "text/csv");
    } catch (error) {
      tellFailure(error);
    }
  };
  const top = group === undefined ? list : groups;
  const total = shownGroups?.models;
  const isEmpty = group === undefined ? models.length === 0 : ordered?.length === 0;
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
        <ExperimentTabs experimentIds={ids} />
      </PageHead>
      <div className="section">
        <div className="toolbar">
          <FilterForm filter={filter} onFilter={(text) => look({ filter: text || undefined })} />
          <div className="toolbar-end">
            <GroupChoice columns={known} group={group} onGroup={(by) => look({ group: by || undefined, open: undefined })} />
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
              <Button kind="quiet" icon="download" disabled={isEmpty} data-hint="All models that match, in the columns that are shown" onClick={() => void save()}>
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
        {top.error && <Failure error={top.error} what="read the models" onRetry={() => void top.refetch()} />}
        {total !== undefined && total > 0 && !top.error && (
          <p className="quiet" role="status">
            {counted(total, "model")}
            {shownGroups && group !== undefined && ` in ${counted(shownGroups.total, "group")}`}
          </p>
        )}
        {top.isPending && !(group === undefined ? shown : shownGroups) ? (
          !top.error && <Skeleton lines={6} height="1.6rem" />
        ) : isEmpty ? (
          !top.error && <NoModels filtered={filter !== ""} />
        ) : view === "charts" ? (
          <ModelBars models={models} keys={keys} groups={ordered} by={group} />
        ) : (
          <ModelTable models={models} columns={columns} sort={sort} onSort={(to) => look({ sort: to || undefined })}>
            {ordered && group
              ? (line) =>
                  ordered.map((each) => {
                    const id = JSON.stringify(each.value ?? null);
                    const others = open.filter((one) => one !== id);
                    return (
                      <ModelGroupBody
                        key={id}
                        group={each}
                        by={group}
                        columns={columns}
                        experimentId={experimentId}
                        filter={filter}
                        sort={sort}
                        open={open.includes(id)}
                        onFold={(unfold) => look({ open: unfold ? [...others, id] : others.length > 0 ? others : undefined })}
                        line={line}
                      />
                    );
                  })
              : undefined}
          </ModelTable>
        )}
        {ordered && shownGroups && shownGroups.total > ordered.length && (
          <p className="quiet">The largest {ordered.length.toLocaleString("en-US")} groups are shown. Filter to see others.</p>
        )}
        {group === undefined && <ShowMore list={list} />}
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
