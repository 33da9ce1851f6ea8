import "../components/Table.css";

import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";

import { trackingUri } from "../api/http";
import { modelList, useChangeRegistry } from "../api/registry";
import type { RegisteredModel } from "../api/schema";
import { Button } from "../components/Button";
import { ShowMore } from "../components/ShowMore";
import { Snippet } from "../components/Snippet";
import { SortHeader } from "../components/SortHeader";
import { TagBadges } from "../components/TagBadges";
import { SearchField } from "../components/Field";
import { NameDialog } from "../components/LazyDialogs";
import { PageHead } from "../components/PageHead";
import { Empty, Failure, Skeleton } from "../components/States";
import { TimeText } from "../components/Values";
import { plainLine } from "../lib/plainLine";
import { latestVersion, modelFilter, tagFilter } from "../lib/registry";
import { useLastGood } from "../lib/useLastGood";
import type { ModelListSearch } from "../lib/viewState";

const route = getRouteApi("/models");

type Order = NonNullable<ModelListSearch["sort"]>;

const ORDERS: Record<Order, string> = {
  name: "name ASC",
  "-name": "name DESC",
  changed: "last_updated_timestamp ASC",
  "-changed": "last_updated_timestamp DESC",
};

export function ModelsPage() {
  const { q = "", sort = "name" } = route.useSearch();
  const navigate = useNavigate();
  const list = useInfiniteQuery(modelList(useDeferredValue(q), ORDERS[sort]));
  const shown = useLastGood(list.data, "models");
  const change = useChangeRegistry();
  const [creating, setCreating] = useState(false);
  const look = (change: ModelListSearch) => void navigate({ to: "/models", search: (old: object) => ({ ...old, ...change }), replace: true });
  const models = shown?.pages.flatMap((page) => page.registered_models ?? []) ?? [];
  return (
    <div className="page">
      <PageHead
        title="Models"
        tabTitle="Models"
        actions={
          <Button kind="primary" icon="plus" onClick={() => setCreating(true)}>
            New model
          </Button>
        }
      />
      <div className="section">
        <div className="toolbar">
          <SearchField
            label="Search models by name"
            placeholder="Name, or tags.team = 'growth'"
            value={q}
            onChange={(text) => look({ q: text || undefined })}
          />
        </div>
        {list.error && <Failure error={list.error} what="read the models" onRetry={() => void list.refetch()} />}
        {list.isPending && !shown ? (
          <Skeleton lines={6} height="1.6rem" />
        ) : models.length > 0 ? (
          <ModelTable models={models} sort={sort} onSort={(to) => look({ sort: to === "name" ? undefined : to })} onFilter={(to) => look({ q: to })} />
        ) : (
          !list.error && <NoModels searched={q} />
        )}
        <ShowMore list={list} />
      </div>
      {creating && (
        <NameDialog
          title="New model"
          label="Name"
          submit="Create"
          onClose={() => setCreating(false)}
          onSubmit={async (name) => {
            await change.mutateAsync({ do: "create model", name });
            void navigate({ to: "/models/$name", params: { name } });
          }}
        />
      )}
    </div>
  );
}

function NoModels({ searched }: { searched: string }) {
  if (searched) {
    const isFilter = modelFilter(searched) === searched;
    return (
      <Empty icon="search" title={isFilter ? "No model matches" : `No model is called “${searched}”`}>
        <p>{isFilter ? "Keys are name and tags.…; texts stand in single quotes." : "Tags are searched with a filter, such as tags.team = 'growth'."}</p>
      </Empty>
    );
  }
  return (
    <Empty icon="models" title="No model is registered yet">
      <p>Open a run that logged a model and press Register, or give the model a name when it is logged.</p>
      <Snippet
        label="Register a model while logging it"
        code={`import flowmill\nfrom sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression\n\nX, y = load_iris(return_X_y=True)\nflowmill.set_tracking_uri(${JSON.stringify(trackingUri())})\nwith flowmill.start_run():\n    flowmill.sklearn.log_model(\n        LogisticRegression(max_iter=500).fit(X, y),\n        name="model",\n        input_example=X[:5],\n        registered_model_name="iris",\n    )`}
      />
    </Empty>
  );
}

interface ModelTableProps {
  models: RegisteredModel[];
  sort: Order;
  onSort: (sort: Order) => void;
  onFilter: (text: string) => void;
}

function ModelTable({ models, sort, onSort, onFilter }: ModelTableProps) {
  const directionOf = (by: "name" | "changed") => (sort === by ? "ascending" : sort === `-${by}` ? "descending" : undefined);
  return (
    <div className="table-wrap">
      <table className="table table-rows">
        <thead>
          <tr>
            <SortHeader title="Name" direction={directionOf("name")} onSort={() => onSort(sort === "name" ? "-name" : "name")} />
            <th scope="col">Latest version</th>
            <th scope="col">Aliases</th>
            <th scope="col" className="cell-aside">Tags</th>
            <th scope="col" className="cell-aside">Registered by</th>
            <SortHeader title="Changed" className="cell-late" direction={directionOf("changed")} onSort={() => onSort(sort === "-changed" ? "changed" : "-changed")} />
          </tr>
        </thead>
        <tbody>
          {models.map((model) => {
            const latest = latestVersion(model);
            const tags = (
              <span className="badges">
                <TagBadges tags={model.tags} things="models" onTag={({ key, value }) => onFilter(tagFilter(key, value))} />
              </span>
            );
            return (
              <tr key={model.name}>
                <th scope="row" className="cell-name">
                  <Link to="/models/$name" params={{ name: model.name }}>
                    {model.name}
                  </Link>
                  {model.description && <p className="quiet">{plainLine(model.description, 90)}</p>}
                  <div className="cell-below">
                    {tags}
                    <span className="quiet cell-phone">
                      <TimeText value={model.last_updated_timestamp} />
                    </span>
                  </div>
                </th>
                <td className="cell-tight">
                  {latest ? (
                    <Link to="/models/$name/versions/$version" params={{ name: model.name, version: latest }}>
                      Version {latest}
                    </Link>
                  ) : (
                    <span className="quiet">none</span>
                  )}
                </td>
                <td>
                  <span className="badges">
                    {(model.aliases ?? []).map(({ alias, version }) => (
                      <Link
                        key={alias}
                        to="/models/$name/versions/$version"
                        params={{ name: model.name, version }}
                        className="badge badge-accent"
                      >
                        @{alias} <span>v{version}</span>
                      </Link>
                    ))}
                  </span>
                </td>
                <td className="cell-aside">{tags}</td>
                <td className="cell-tight cell-aside">{userOf(model) || <span className="quiet">–</span>}</td>
                <td className="cell-tight cell-late">
                  <TimeText value={model.last_updated_timestamp} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Who registered the latest version. */
function userOf(model: RegisteredModel): string | undefined {
  const latest = latestVersion(model);
  return model.latest_versions?.find((version) => version.version === latest)?.user_id;
}
