import "../components/Table.css";
import "./Files.css";
import "./ModelCard.css";

import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { parse } from "yaml";

import { fileContent, type Place } from "../api/artifacts";
import { trackingUri } from "../api/http";
import { CopyableText } from "../components/Copy";
import { Fact } from "../components/Fact";
import { CodeText, Snippet } from "../components/Snippet";
import { Choice } from "../components/Field";
import { ModelLink } from "../components/ModelLink";
import { RegisterButton } from "../components/RegisterButton";
import { Empty, Failure, Skeleton } from "../components/States";
import { TimeText } from "../components/Values";
import { asText } from "../lib/files";
import { joined } from "../lib/paths";
import { type Field, type ModelCard, modelCard } from "../lib/mlmodel";
import { bytes } from "../lib/numbers";
import { type ImportName, nativeSnippet, predictSnippet, sparkSnippet, validateSnippet } from "../lib/snippets";
import type { ModelOfFolder } from "./Files";

const MOST_MLMODEL = 1_000_000;
const MOST_EXAMPLE = 100_000;
const MOST_REQUIREMENTS = 50_000;

interface ModelCardViewProps {
  place: Place;
  path: string;
  model: ModelOfFolder;
  /** On a page that has a button of its own. */
  withoutRegister?: boolean;
}

/** What a model folder says about itself, and the code that uses it. */
export default function ModelCardView({ place, path, model, withoutRegister = false }: ModelCardViewProps) {
  const file = useQuery(fileContent(place, joined(path, "MLmodel"), MOST_MLMODEL));
  const read = useMemo(() => (file.data ? readCard(asText(file.data.bytes) ?? "") : null), [file.data]);
  if (file.error) return <Failure error={file.error} what="read the MLmodel file" onRetry={() => void file.refetch()} />;
  if (!read) return <Skeleton lines={8} />;
  if ("problem" in read) {
    return (
      <Empty icon="warning" title="The MLmodel file of this folder cannot be read">
        <p>{read.problem}</p>
      </Empty>
    );
  }
  const { card } = read;
  return (
    <div className="model-card">
      <header className="model-head">
        <div className="badges">
          {card.flavors.map((flavor) => (
            <span key={flavor.name} className="badge badge-accent">
              {flavor.name} {flavor.version}
            </span>
          ))}
        </div>
        {!withoutRegister && (
          <RegisterButton models={[{ name: model.name, modelId: model.modelId, path, source: model.uri }]} runId={model.runId} />
        )}
      </header>
      <dl className="facts">
        <Fact name="Load it with">
          <CopyableText text={model.uri} label="Copy the model's address" />
        </Fact>
        {model.modelId && !withoutRegister && (
          <Fact name="Its page">
            <ModelLink modelId={model.modelId} />
          </Fact>
        )}
        {card.sizeBytes !== null && (
          <Fact name="Size">{bytes(card.sizeBytes)}</Fact>
        )}
        {card.pythonVersion && (
          <Fact name="Python">{card.pythonVersion}</Fact>
        )}
        {card.created && (
          <Fact name="Made">
            <TimeText value={Date.parse(`${card.created.slice(0, 19).replace(" ", "T")}Z`)} />
          </Fact>
        )}
      </dl>
      <Snippets card={card} uri={model.uri} />
      <Signature card={card} />
      {card.examplePath && <TextSection title="Input example" place={place} path={joined(path, card.examplePath)} cap={MOST_EXAMPLE} language="json" />}
      <TextSection title="Requirements" place={place} path={joined(path, "requirements.txt")} cap={MOST_REQUIREMENTS} language="plain" />
    </div>
  );
}

/** YAML's core schema only: no tag of the file can make anything but plain values. */
function readCard(text: string): { card: ModelCard } | { problem: string } {
  try {
    return { card: modelCard(parse(text, { schema: "core", maxAliasCount: 50, logLevel: "error" })) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

const STORED = "flowmill.import";

function storedName(): ImportName {
  try {
    return localStorage.getItem(STORED) === "mlflow" ? "mlflow" : "flowmill";
  } catch {
    return "flowmill";
  }
}

function Snippets({ card, uri }: { card: ModelCard; uri: string }) {
  const [name, setName] = useState(storedName);
  const told = { name, trackingUri: trackingUri(), modelUri: uri };
  const native = nativeSnippet(told, card);
  const spark = sparkSnippet(told, card);
  const choose = (next: ImportName) => {
    setName(next);
    try {
      localStorage.setItem(STORED, next);
    } catch {
      // The choice then lasts as long as the page does.
    }
  };
  return (
    <section className="section">
      <div className="section-head">
        <h2>Use the model</h2>
        <div className="section-end">
          <Choice
            label="Which package the code imports"
            value={name}
            choices={[
              { value: "flowmill", text: "flowmill" },
              { value: "mlflow", text: "mlflow" },
            ]}
            onChange={choose}
          />
        </div>
      </div>
      <h3>Validate the model</h3>
      <Snippet label="Validate the model" code={validateSnippet(told, card)} />
      <h3>Make predictions</h3>
      <Snippet label="Make predictions" code={predictSnippet(told, card)} />
      {spark && (
        <>
          <h3>Make predictions on Spark</h3>
          <Snippet label="Make predictions on Spark" code={spark} />
        </>
      )}
      {native && (
        <>
          <h3>Load the library's own object</h3>
          <Snippet label="Load the library's own object" code={native} />
        </>
      )}
    </section>
  );
}

function Signature({ card }: { card: ModelCard }) {
  const sides: [title: string, fields: Field[] | null][] = [
    ["Inputs", card.inputs],
    ["Outputs", card.outputs],
    ["Params", card.params],
  ];
  const known = sides.filter((side): side is [string, Field[]] => side[1] !== null && side[1].length > 0);
  return (
    <section className="section">
      <div className="section-head">
        <h2>Signature</h2>
      </div>
      {known.length === 0 ? (
        <p className="quiet">The model was logged without a signature, so its inputs are not checked.</p>
      ) : (
        <div className="table-wrap">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">Use</th>
              </tr>
            </thead>
            {known.map(([title, fields]) => (
              <tbody key={title}>
                <tr className="signature-side">
                  <th scope="rowgroup" colSpan={3}>
                    {title} <span className="quiet">{fields.length}</span>
                  </th>
                </tr>
                {fields.map((field, at) => (
                  <tr key={field.name || at}>
                    <th scope="row" className="cell-wide">
                      {field.name || <span className="quiet">without a name</span>}
                    </th>
                    <td className="cell-wide">
                      <code>{field.shape ? `${field.type} (${field.shape.join(", ")})` : field.type}</code>
                    </td>
                    <td className="quiet">{title === "Params" ? `default ${field.byDefault ?? "none"}` : field.required ? "required" : "optional"}</td>
                  </tr>
                ))}
              </tbody>
            ))}
          </table>
        </div>
      )}
    </section>
  );
}

interface TextSectionProps {
  title: string;
  place: Place;
  path: string;
  cap: number;
  language: string;
}

/** A small file of the model, left out when the folder does not have it. */
function TextSection({ title, place, path, cap, language }: TextSectionProps) {
  const file = useQuery(fileContent(place, path, cap));
  const text = useMemo(() => (file.data ? asText(file.data.bytes) : null), [file.data]);
  if (text === null) return null;
  const cut = !file.data?.whole;
  return (
    <section className="section">
      <div className="section-head">
        <h2>{title}</h2>
        {cut && <span className="quiet">the first {bytes(cap)}</span>}
      </div>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className="model-text" tabIndex={0} role="region" aria-label={title}>
        <CodeText text={language === "json" ? compactRows(text) : text.trimEnd()} language={language} />
      </pre>
    </section>
  );
}

/** JSON with a row of data per line, as people read a table. */
function compactRows(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2).replace(/\[\s+((?:-?[\d.eE+-]+|"[^"]*"|true|false|null)(?:,\s+(?:-?[\d.eE+-]+|"[^"]*"|true|false|null))*)\s+\]/g, (_, inside: string) => `[${inside.replace(/\s*\n\s*/g, " ")}]`);
  } catch {
    return text;
  }
}
