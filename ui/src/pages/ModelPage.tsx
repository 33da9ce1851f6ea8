import "../components/Table.css";
import "./details.css";

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { trackingUri } from "../api/http";
import { modelVersions, registeredModel, useChangeRegistry } from "../api/registry";
import type { ModelVersion } from "../api/schema";
import { IconButton } from "../components/Button";
import { EditInPlace } from "../components/EditInPlace";
import { Fact } from "../components/Fact";
import { FormDialog, NameDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { Note } from "../components/Note";
import { PageHead } from "../components/PageHead";
import { RunLink } from "../components/RunLink";
import { Snippet } from "../components/Snippet";
import { Empty, Failure, NotShown, Skeleton } from "../components/States";
import { Tags } from "../components/Tags";
import { ModelStatusText } from "../components/ModelStatusText";
import { TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { counted } from "../lib/numbers";
import { plainLine } from "../lib/plainLine";
import { aliasesByVersion, hasStage } from "../lib/registry";
import { ShortModelLink } from "./ShortLinks";
import { VersionAliases, VersionTags } from "./VersionEdits";

const ModelHistory = lazy(() => import("./ModelHistory"));
const route = getRouteApi("/models/$name");
const THIS_TAB = { exact: true };

export function ModelPage() {
  const { name } = route.useParams();
  const { tab } = route.useSearch();
  const navigate = useNavigate();
  const query = useQuery(registeredModel(name));
  const versions = useQuery({ ...modelVersions(name), enabled: query.isSuccess });
  const change = useChangeRegistry();
  const [open, setOpen] = useState<"rename" | "delete" | null>(null);
  if (query.error && !query.data && /^m-[0-9a-f]{32}$/.test(name)) return <ShortModelLink modelId={name} />;
  if (query.error && !query.data) return <NotShown error={query.error} what="model" id={name} onRetry={() => void query.refetch()} />;
  const model = query.data;
  const count = versions.data?.length ?? 0;
  return (
    <div className="page">
      <PageHead
        crumbs={[
          <Link key="models" to="/models">
            Models
          </Link>,
        ]}
        title={name}
        tabTitle={name}
        actions={
          <Menu
            trigger={<IconButton icon="more" label="Actions for the model" />}
            items={[
              { label: "Rename", icon: "pencil", onSelect: () => setOpen("rename") },
              { label: "Delete", icon: "trash", danger: true, onSelect: () => setOpen("delete") },
            ]}
          />
        }
      >
        {model && (
          <p className="quiet">
            Created <TimeText value={model.creation_timestamp} />, changed <TimeText value={model.last_updated_timestamp} />
          </p>
        )}
        <nav className="tabs" aria-label="Views of the model">
          <Link to="/models/$name" params={{ name }} search={{}} activeOptions={THIS_TAB} className="tab">
            Versions
          </Link>
          <Link to="/models/$name" params={{ name }} search={{ tab: "history" as const }} activeOptions={THIS_TAB} className="tab">
            History
          </Link>
        </nav>
      </PageHead>
      {!model ? (
        <Skeleton lines={6} />
      ) : tab === "history" ? (
        <Suspense fallback={<Skeleton lines={6} />}>
          <ModelHistory name={name} aliases={new Map((model.aliases ?? []).map(({ alias, version }) => [alias, version]))} />
        </Suspense>
      ) : (
        <div className="run-main">
          <dl className="facts facts-edited">
            <Fact name="Tags">
              <Tags
                tags={(model.tags ?? []).filter((tag) => isOwnTag(tag.key))}
                onSet={(key, value) => change.mutateAsync({ do: "tag model", name, key, value })}
                onRemove={(key) => change.mutateAsync({ do: "untag model", name, key })}
              />
            </Fact>
            <Fact name="Description">
              <Note
                text={model.description ?? ""}
                label="Description"
                onSave={(description) => change.mutateAsync({ do: "describe model", name, description })}
              />
            </Fact>
          </dl>
          <section className="section">
            <div className="section-head">
              <h2>Versions</h2>
              <span className="quiet">{count}</span>
            </div>
            {versions.error && <Failure error={versions.error} what="read the versions" onRetry={() => void versions.refetch()} />}
            {versions.isPending && <Skeleton lines={3} />}
            {versions.data?.length === 0 && (
              <Empty icon="models" title="This model has no versions yet">
                <p>Open a run that logged a model and press Register, or register it while it is logged.</p>
                <Snippet
                  label="Register a version while logging"
                  code={`import flowmill\n\nflowmill.set_tracking_uri(${JSON.stringify(trackingUri())})\nflowmill.register_model("models:/<model id>", ${JSON.stringify(name)})`}
                />
              </Empty>
            )}
            {count > 0 && <VersionTable name={name} versions={versions.data ?? []} aliases={aliasesByVersion(model)} />}
          </section>
        </div>
      )}
      {open === "rename" && (
        <NameDialog
          title="Rename model"
          label="Name"
          submit="Rename"
          initial={name}
          onClose={() => setOpen(null)}
          onSubmit={async (newName) => {
            await change.mutateAsync({ do: "rename model", name, newName });
            void navigate({ to: "/models/$name", params: { name: newName }, replace: true });
          }}
        />
      )}
      {open === "delete" && (
        <FormDialog
          title={`Delete ${name}?`}
          description={
            count > 0
              ? `Its ${counted(count, "version")} and aliases go with it, and code that loads them stops working. The runs and their models stay.`
              : "It has no versions."
          }
          submit="Delete"
          danger
          onClose={() => setOpen(null)}
          onSubmit={async () => {
            await change.mutateAsync({ do: "delete model", name });
            void navigate({ to: "/models" });
          }}
        />
      )}
    </div>
  );
}

interface VersionTableProps {
  name: string;
  versions: ModelVersion[];
  aliases: Map<string, string[]>;
}

function VersionTable({ name, versions, aliases }: VersionTableProps) {
  const [ticked, setTicked] = useState<string[]>([]);
  const hasStages = versions.some(hasStage);
  return (
    <>
    {versions.length > 1 && (
      <div className="toolbar">
        {ticked.length > 1 ? (
          <Link to="/compare-model-versions" search={{ name, versions: ticked }} className="button button-primary">
            Compare {ticked.length} versions
          </Link>
        ) : (
          <span className="quiet">Tick two versions to compare them.</span>
        )}
      </div>
    )}
    <div className="table-wrap">
      <table className="table table-rows">
        <thead>
          <tr>
            {versions.length > 1 && (
              <th scope="col">
                <span className="visually-hidden">Ticked</span>
              </th>
            )}
            <th scope="col">Version</th>
            <th scope="col">Status</th>
            {hasStages && <th scope="col">Stage</th>}
            <th scope="col">Aliases</th>
            <th scope="col">Source run</th>
            <th scope="col">Tags</th>
            <th scope="col" className="cell-aside">Description</th>
            <th scope="col" className="cell-aside">Registered by</th>
            <th scope="col">Registered</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((version) => (
            <tr key={version.version}>
              {versions.length > 1 && (
                <td className="cell-tight">
                  <input
                    type="checkbox"
                    aria-label={`Tick version ${version.version}`}
                    checked={ticked.includes(version.version)}
                    onChange={(event) =>
                      setTicked(event.target.checked ? [...ticked, version.version] : ticked.filter((each) => each !== version.version))
                    }
                  />
                </td>
              )}
              <th scope="row" className="cell-tight">
                <Link to="/models/$name/versions/$version" params={{ name, version: version.version }}>
                  Version {version.version}
                </Link>
              </th>
              <td className="cell-tight">
                <ModelStatusText status={version.status} />
              </td>
              {hasStages && <td className="cell-tight">{hasStage(version) ? version.current_stage : <span className="quiet">–</span>}</td>}
              <td>
                <div className="tags-cell">
                  <span className="badges">
                    {(aliases.get(version.version) ?? []).map((alias) => (
                      <span key={alias} className="badge badge-accent">
                        @{alias}
                      </span>
                    ))}
                  </span>
                  <EditInPlace label={`Aliases of version ${version.version}`} does={`Edit the aliases of version ${version.version}`} icon="alias">
                    <VersionAliases name={name} version={version.version} aliases={aliases} />
                  </EditInPlace>
                </div>
              </td>
              <td>{version.run_id ? <RunLink runId={version.run_id} /> : <span className="quiet">–</span>}</td>
              <td>
                <div className="tags-cell">
                  <span className="badges">
                    {(version.tags ?? [])
                      .filter((tag) => isOwnTag(tag.key))
                      .map((tag) => (
                        <span key={tag.key} className="badge">
                          <span>{tag.value ? `${tag.key}: ${tag.value}` : tag.key}</span>
                        </span>
                      ))}
                  </span>
                  <EditInPlace label={`Tags of version ${version.version}`} does={`Edit the tags of version ${version.version}`} icon="tag">
                    <VersionTags version={version} />
                  </EditInPlace>
                </div>
              </td>
              <td className="cell-wide cell-aside quiet">{plainLine(version.description ?? "", 80)}</td>
              <td className="cell-tight cell-aside">{version.user_id || <span className="quiet">–</span>}</td>
              <td className="cell-tight">
                <TimeText value={version.creation_timestamp} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
    </>
  );
}
