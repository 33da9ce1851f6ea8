import "../components/Table.css";
import "./ComparePage.css";

import { useQueries, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { parse } from "yaml";

import { fileContent } from "../api/artifacts";
import { modelVersion, registeredModel } from "../api/registry";
import { someRuns } from "../api/runs";
import type { ModelVersion, RunRow } from "../api/schema";
import { Switch } from "../components/Field";
import { PageHead } from "../components/PageHead";
import { RunLink } from "../components/RunLink";
import { Empty, Failure, Skeleton } from "../components/States";
import { ModelStatusText } from "../components/ModelStatusText";
import { TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { comparedMetrics, comparedTexts } from "../lib/differences";
import { asText } from "../lib/files";
import { joined } from "../lib/paths";
import { type ModelCard, modelCard } from "../lib/mlmodel";
import { sourceOf } from "../lib/modelSource";
import { aliasesByVersion } from "../lib/registry";
import { CompareSection, type ComparedTable } from "./CompareTable";

const route = getRouteApi("/compare-model-versions");
const MOST_MLMODEL = 1_000_000;

/** Versions of a model side by side: what they take and give, what they were trained with, how they did. */
export function CompareVersionsPage() {
  const { name, versions: numbers, differences = false } = route.useSearch();
  const navigate = useNavigate();
  const model = useQuery({ ...registeredModel(name), enabled: name !== "" });
  const answers = useQueries({ queries: numbers.map((version) => modelVersion(name, version)) });
  const versions = answers.flatMap((answer) => answer.data ?? []);
  const failed = answers.find((answer) => answer.error);
  const runIds = [...new Set(versions.flatMap((version) => version.run_id || []))];
  const runs = useQuery(someRuns(runIds, []));
  const cards = useQueries({
    queries: versions.map((version) => {
      const source = sourceOf(version);
      return {
        ...fileContent(source?.place ?? { kind: "run" as const, runId: "" }, joined(source?.path ?? "", "MLmodel"), MOST_MLMODEL),
        enabled: source !== null,
        retry: false,
      };
    }),
  });
  const texts = cards.map((card) => (card.data ? (asText(card.data.bytes) ?? "") : null));
  const read = JSON.stringify(texts);
  const sections = useMemo(
    () => comparedSections(versions, runs.data ?? [], (JSON.parse(read) as (string | null)[]).map(cardOf)),
    // The versions are those of the answers, which are the same as long as their texts are.
    // oxlint-disable-next-line react/exhaustive-deps
    [JSON.stringify(versions), runs.data, read],
  );
  const aliases = aliasesByVersion(model.data);
  return (
    <div className="page compare-page">
      <PageHead
        crumbs={[
          <Link key="models" to="/models">
            Models
          </Link>,
          <Link key="model" to="/models/$name" params={{ name }}>
            {name}
          </Link>,
        ]}
        title={`Compare ${numbers.length} versions`}
        tabTitle={`${name}: versions ${numbers.join(", ")}`}
        actions={
          <Switch
            label="Only differences"
            checked={differences}
            onChange={(on) => void navigate({ to: ".", search: (old: object) => ({ ...old, differences: on || undefined }), replace: true })}
          />
        }
      />
      {failed?.error && <Failure error={failed.error} what="read a version" onRetry={() => void failed.refetch()} />}
      {numbers.length === 0 ? (
        <Empty icon="compare" title="No version was chosen">
          <p>Open a model, tick two of its versions and press Compare.</p>
        </Empty>
      ) : versions.length === 0 && !failed ? (
        <Skeleton lines={8} />
      ) : (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div className="table-wrap compare-wrap" tabIndex={0} role="region" aria-label="Versions side by side">
          <table className="table compare-table">
            <thead>
              <tr>
                <td className="compare-key" />
                {versions.map((version) => (
                  <th key={version.version} scope="col">
                    <span className="compare-run">
                      <Link to="/models/$name/versions/$version" params={{ name, version: version.version }}>
                        Version {version.version}
                      </Link>
                      {(aliases.get(version.version) ?? []).map((alias) => (
                        <span key={alias} className="badge badge-accent">
                          @{alias}
                        </span>
                      ))}
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            {!differences && (
              <tbody>
                <tr>
                  <th scope="row" className="compare-key">
                    Status
                  </th>
                  {versions.map((version) => (
                    <td key={version.version}>
                      <ModelStatusText status={version.status} />
                    </td>
                  ))}
                </tr>
                <tr>
                  <th scope="row" className="compare-key">
                    Registered
                  </th>
                  {versions.map((version) => (
                    <td key={version.version}>
                      <TimeText value={version.creation_timestamp} />
                    </td>
                  ))}
                </tr>
                <tr>
                  <th scope="row" className="compare-key">
                    Source run
                  </th>
                  {versions.map((version) => (
                    <td key={version.version}>{version.run_id ? <RunLink runId={version.run_id} /> : "–"}</td>
                  ))}
                </tr>
              </tbody>
            )}
            {sections.map((section) => (
              <CompareSection key={section.title} section={section} onlyDifferences={differences} shown={[...versions.keys()]} />
            ))}
          </table>
        </div>
      )}
    </div>
  );
}

function cardOf(text: string | null): ModelCard | null {
  if (text === null) return null;
  try {
    return modelCard(parse(text));
  } catch {
    return null;
  }
}

function comparedSections(versions: ModelVersion[], runs: RunRow[], cards: (ModelCard | null)[]): ComparedTable[] {
  const none = {} as Record<string, string>;
  const runOf = (version: ModelVersion) => runs.find((run) => run.run_id === version.run_id);
  const nothing: RunRow["metrics"] = {};
  return [
    { title: "Version", shorten: false, rows: comparedTexts(versions.map((version) => ({ ...(version.description ? { description: version.description } : {}), ...Object.fromEntries((version.tags ?? []).filter((tag) => isOwnTag(tag.key)).map((tag) => [`tag ${tag.key}`, tag.value])) }))) },
    { title: "Model", shorten: false, rows: comparedTexts(cards.map((card) => (card ? signatureTexts(card) : none))) },
    { title: "Parameters of the run", shorten: true, rows: comparedTexts(versions.map((version) => runOf(version)?.params ?? none)) },
    { title: "Metrics of the run", shorten: false, rows: comparedMetrics(versions.map((version) => ({ ...(runOf(version) ?? ({} as RunRow)), metrics: runOf(version)?.metrics ?? nothing }))) },
  ];
}

/** What a model takes, gives and is made with, a line for each column. */
function signatureTexts(card: ModelCard): Record<string, string> {
  const texts: Record<string, string> = {};
  const flavors = card.flavors.map((flavor) => [flavor.name, flavor.version].filter(Boolean).join(" ")).join(", ");
  if (flavors) texts["flavors"] = flavors;
  if (card.pythonVersion) texts["Python"] = card.pythonVersion;
  for (const [side, fields] of [["input", card.inputs], ["output", card.outputs], ["param", card.params]] as const) {
    for (const [at, field] of (fields ?? []).entries()) {
      const type = field.shape ? `${field.type} (${field.shape.join(", ")})` : field.type;
      const rest = side === "param" ? ` = ${field.byDefault ?? "none"}` : field.required ? "" : ", optional";
      texts[`${side} ${field.name || at + 1}`] = `${type}${rest}`;
    }
  }
  return texts;
}
