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
import { SearchField } from "../components/Field";
import { NameDialog } from "../components/LazyDialogs";
import { PageHead } from "../components/PageHead";
import { Empty, Failure, Skeleton } from "../components/States";
import { TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { latestVersion } from "../lib/registry";
import { useLastGood } from "../lib/useLastGood";

const route = getRouteApi("/models");

export function ModelsPage() {
  const { q = "" } = route.useSearch();
  const navigate = useNavigate();
  const list = useInfiniteQuery(modelList(useDeferredValue(q)));
  const shown = useLastGood(list.data, "models");
  const change = useChangeRegistry();
  const [creating, setCreating] = useState(false);
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
            placeholder="Search by name"
            value={q}
            onChange={(text) => void navigate({ to: "/models", search: { q: text || undefined }, replace: true })}
          />
        </div>
        {list.error && <Failure error={list.error} what="read the models" onRetry={() => void list.refetch()} />}
        {list.isPending && !shown ? (
          <Skeleton lines={6} height="1.6rem" />
        ) : models.length > 0 ? (
          <ModelTable models={models} />
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
  if (searched) return <Empty icon="search" title={`No model is called “${searched}”`} />;
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

function ModelTable({ models }: { models: RegisteredModel[] }) {
  return (
    <div className="table-wrap">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Latest version</th>
            <th scope="col">Aliases</th>
            <th scope="col">Tags</th>
            <th scope="col">Changed</th>
          </tr>
        </thead>
        <tbody>
          {models.map((model) => {
            const latest = latestVersion(model);
            return (
              <tr key={model.name}>
                <th scope="row" className="cell-name">
                  <Link to="/models/$name" params={{ name: model.name }}>
                    {model.name}
                  </Link>
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
                <td>
                  <span className="badges">
                    {(model.tags ?? [])
                      .filter((tag) => isOwnTag(tag.key))
                      .map((tag) => (
                        <span key={tag.key} className="badge">
                          <span>{tag.value ? `${tag.key}: ${tag.value}` : tag.key}</span>
                        </span>
                      ))}
                  </span>
                </td>
                <td className="cell-tight">
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
