import type { DatasetInput } from "../api/schema";
import { CopyableText } from "../components/Copy";
import { Fact } from "../components/Fact";
import { ScrollTable } from "../components/ScrollTable";
import { counted } from "../lib/numbers";
import { safeHref } from "../lib/safeLinks";

/** The data that went into a run. */
export function RunDatasets({ inputs }: { inputs: DatasetInput[] }) {
  if (inputs.length === 0) return null;
  return (
    <section className="section">
      <div className="section-head">
        <h2>Datasets</h2>
        <span className="quiet">{inputs.length}</span>
      </div>
      <DatasetList inputs={inputs} />
    </section>
  );
}

/** Each opens to its source, size and columns; a single one is open. */
export function DatasetList({ inputs, isOpen = false }: { inputs: DatasetInput[]; isOpen?: boolean }) {
  return (
    <ul className="card item-list">
      {inputs.map(({ dataset, tags }) => {
        const context = tags?.find((tag) => tag.key === "mlflow.data.context")?.value;
        return (
          <li key={`${dataset.name} ${dataset.digest} ${context ?? ""}`}>
            <details open={isOpen}>
              <summary>
                <strong>{dataset.name}</strong> <code>{dataset.digest}</code> {context && <span className="badge">{context}</span>}{" "}
                <span className="quiet">{sizeOf(dataset.profile)}</span>
              </summary>
              <dl className="facts">
                {profileFacts(dataset.profile).map(([name, value]) => (
                  <div key={name}>
                    <dt>{name}</dt>
                    <dd className="number">{value}</dd>
                  </div>
                ))}
                <Fact name="Source">
                  <CopyableText text={placeOf(dataset.source) ?? dataset.source ?? ""} label="Copy the dataset's source" />
                  <OpenLink place={placeOf(dataset.source)} />
                </Fact>
              </dl>
              <Columns name={dataset.name} schema={dataset.schema} />
            </details>
          </li>
        );
      })}
    </ul>
  );
}

function parsed(text: string | undefined): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function profileFacts(profile: string | undefined): [name: string, value: string][] {
  return Object.entries(parsed(profile)).map(([key, value]) => {
    const name = key.replace(/^num_/, "").replaceAll("_", " ");
    return [name.charAt(0).toUpperCase() + name.slice(1), typeof value === "string" ? value : JSON.stringify(value)];
  });
}

/** "150 rows": the first thing that is asked of data. */
function sizeOf(profile: string | undefined): string {
  const rows = parsed(profile)["num_rows"];
  return typeof rows === "number" ? counted(rows, "row") : "";
}

/** Where the data came from, if its source names one place; sources of other kinds are shown as they were logged. */
function placeOf(source: string | undefined): string | null {
  const said = parsed(source);
  const place = said["url"] ?? said["uri"] ?? said["path"];
  return typeof place === "string" && place !== "" ? place : null;
}

function OpenLink({ place }: { place: string | null }) {
  const href = place === null ? null : safeHref(place);
  if (!href) return null;
  return (
    <a href={href} target="_blank" rel="noreferrer">
      Open the data
    </a>
  );
}

const MOST_COLUMNS = 500;

function Columns({ name, schema }: { name: string; schema: string | undefined }) {
  const columns = parsed(schema)["mlflow_colspec"];
  if (!Array.isArray(columns) || columns.length === 0) return <p className="quiet dataset-columns">Its columns were not recorded.</p>;
  return (
    <>
      <ScrollTable label={`Columns of ${name}`} className="run-table dataset-columns">
        <thead>
          <tr>
            <th scope="col">Column</th>
            <th scope="col">Type</th>
          </tr>
        </thead>
        <tbody>
          {columns.slice(0, MOST_COLUMNS).map(columnOf).map(([column, type], at) => (
            // oxlint-disable-next-line react/no-array-index-key -- a column is its place
            <tr key={at}>
              <th scope="row" className="cell-key">
                {column || <span className="quiet">without a name</span>}
              </th>
              <td>
                <code>{type}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      {columns.length > MOST_COLUMNS && <p className="quiet">The first {MOST_COLUMNS} of {counted(columns.length, "column")}.</p>}
    </>
  );
}

/** The name and the type of a column; anybody may have logged anything in its place. */
function columnOf(column: unknown): [name: string, type: string] {
  const said: Record<string, unknown> = typeof column === "object" && column !== null ? (column as Record<string, unknown>) : {};
  const { name, type } = said;
  return [typeof name === "string" ? name : "", typeof type === "string" ? type : "?"];
}
