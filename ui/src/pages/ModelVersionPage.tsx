import "./details.css";
import "./LoggedModelPage.css";

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { ApiError } from "../api/http";
import { loggedModel } from "../api/models";
import { modelVersion, registeredModel, useChangeRegistry } from "../api/registry";
import type { ModelVersion } from "../api/schema";
import { Button, IconButton } from "../components/Button";
import { CopyableText } from "../components/Copy";
import { Fact } from "../components/Fact";
import { FormDialog, RegisterDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { Note } from "../components/Note";
import { PageHead } from "../components/PageHead";
import { ModelLink } from "../components/ModelLink";
import { RunLink } from "../components/RunLink";
import { Failure, NotShown, Skeleton } from "../components/States";
import { ModelStatusText } from "../components/ModelStatusText";
import { MomentText, TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { ModelMeasures } from "./ModelMeasures";
import { aliasesByVersion } from "../lib/registry";
import { sourceOf } from "../lib/modelSource";
import { VersionAliases, VersionTags } from "./VersionEdits";
import { VersionStage } from "./VersionStage";

const ModelCardView = lazy(() => import("../artifacts/ModelCardView"));
const route = getRouteApi("/models/$name/versions/$version");

/** One version of a registered model: what it is called, where it came from, and the code that loads it. */
export function ModelVersionPage() {
  const { name, version } = route.useParams();
  const navigate = useNavigate();
  const query = useQuery(modelVersion(name, version));
  const model = useQuery(registeredModel(name));
  const change = useChangeRegistry();
  const [deleting, setDeleting] = useState(false);
  const [copying, setCopying] = useState(false);
  if (query.error && !query.data) {
    return <NotShown error={query.error} what="model version" id={`${name} ${version}`} onRetry={() => void query.refetch()} />;
  }
  const shown = query.data;
  const byVersion = model.data ? aliasesByVersion(model.data) : new Map([[version, shown?.aliases ?? []]]);
  const aliases = byVersion.get(version) ?? [];
  const best = aliases[0];
  return (
    <div className="page run-page">
      <PageHead
        crumbs={[
          <Link key="models" to="/models">
            Models
          </Link>,
          <Link key="model" to="/models/$name" params={{ name }}>
            {name}
          </Link>,
        ]}
        title={`Version ${version}`}
        tabTitle={`${name} version ${version}`}
        beside={shown && <ModelStatusText status={shown.status} />}
        actions={
          <>
          {shown && (
            <Button icon="external" onClick={() => setCopying(true)}>
              Copy to another model
            </Button>
          )}
          <Menu
            trigger={<IconButton icon="more" label="Actions for the version" />}
            items={[{ label: "Delete", icon: "trash", danger: true, onSelect: () => setDeleting(true) }]}
          />
          </>
        }
      />
      {!shown ? (
        <Skeleton lines={6} />
      ) : (
        <div className="run-overview">
          <div className="run-main">
            <dl className="facts facts-edited">
              <Fact name="Aliases">
                <VersionAliases name={name} version={version} aliases={byVersion} />
              </Fact>
              <Fact name="Tags">
                <VersionTags version={shown} />
              </Fact>
              <Fact name="Description">
                <Note
                  text={shown.description ?? ""}
                  label="Description"
                  onSave={(description) => change.mutateAsync({ do: "describe version", name, version, description })}
                />
              </Fact>
            </dl>
            <VersionMeasures version={shown} />
            <VersionCard version={shown} uri={best ? `models:/${name}@${best}` : `models:/${name}/${version}`} />
          </div>
          <About version={shown} aliases={aliases} />
        </div>
      )}
      {copying && shown && (
        <RegisterDialog
          source={`models:/${name}/${version}`}
          runId={shown.run_id ?? ""}
          modelId=""
          copied={{ title: `Copy version ${version} of ${name}`, description: shown.description, tags: (shown.tags ?? []).filter((tag) => isOwnTag(tag.key)) }}
          onClose={() => setCopying(false)}
        />
      )}
      {deleting && (
        <FormDialog
          title={`Delete version ${version} of ${name}?`}
          description={
            aliases.length > 0
              ? `It is called ${aliases.map((alias) => `@${alias}`).join(", ")}; code that loads it by that name stops working.`
              : "The model that it was made from stays with its run."
          }
          submit="Delete"
          danger
          onClose={() => setDeleting(false)}
          onSubmit={async () => {
            await change.mutateAsync({ do: "delete version", name, version });
            void navigate({ to: "/models/$name", params: { name } });
          }}
        />
      )}
    </div>
  );
}

/** What was measured of the model that the version was made from, and what it was made with. */
function VersionMeasures({ version }: { version: ModelVersion }) {
  const modelId = modelIdOf(version);
  const model = useQuery({ ...loggedModel(modelId), enabled: modelId !== "", retry: false });
  // A version may outlive the model that it was made from.
  if (model.error && !(model.error instanceof ApiError && model.error.isMissing)) {
    return <Failure error={model.error} what="read what was measured of the model" onRetry={() => void model.refetch()} />;
  }
  if (!model.data) return null;
  return <ModelMeasures model={model.data} />;
}

function modelIdOf(version: ModelVersion): string {
  return /^models:\/(m-[\w-]+)$/.exec(version.source ?? "")?.[1] ?? version.model_id ?? "";
}

/** The card of the model that the version was made from, when this server has its files. */
function VersionCard({ version, uri }: { version: ModelVersion; uri: string }) {
  const source = sourceOf(version);
  if (!source) return null;
  return (
    <section className="card model-panel">
      <Suspense fallback={<Skeleton lines={8} />}>
        <ModelCardView
          place={source.place}
          path={source.path}
          model={{ uri, runId: version.run_id ?? "", modelId: version.model_id ?? "", name: version.name }}
          withoutRegister
        />
      </Suspense>
    </section>
  );
}

function About({ version, aliases }: { version: ModelVersion; aliases: string[] }) {
  const modelId = modelIdOf(version);
  const copiedFrom = /^models:\/([^@/]+)\/(\d+)$/.exec(version.source ?? "");
  return (
    <aside className="card run-about" aria-label="About the version">
      <dl className="facts">
        <Fact name="Registered">
          <MomentText value={version.creation_timestamp} />
        </Fact>
        <Fact name="Changed">
          <TimeText value={version.last_updated_timestamp} />
        </Fact>
        {version.user_id && (
          <Fact name="User">{version.user_id}</Fact>
        )}
        <Fact name="Source run">{version.run_id ? <RunLink runId={version.run_id} /> : "–"}</Fact>
        <Fact name="Source model">{modelId ? <ModelLink modelId={modelId} /> : "–"}</Fact>
        {copiedFrom && (
          <Fact name="Copy of">
            <Link to="/models/$name/versions/$version" params={{ name: copiedFrom[1]!, version: copiedFrom[2]! }}>
              version {copiedFrom[2]} of {copiedFrom[1]}
            </Link>
          </Fact>
        )}
        <Fact name="Stage">
          <VersionStage version={version} />
        </Fact>
        <Fact name="Load it with">
          <CopyableText text={`models:/${version.name}/${version.version}`} label="Copy the address of the version" />
        </Fact>
        {aliases.map((alias) => (
          <Fact key={alias} name="or">
            <CopyableText text={`models:/${version.name}@${alias}`} label={`Copy the address of the alias ${alias}`} />
          </Fact>
        ))}
        {version.status_message && (
          <Fact name="Status">{version.status_message}</Fact>
        )}
      </dl>
    </aside>
  );
}
