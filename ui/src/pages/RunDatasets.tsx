import type { DatasetInput } from "../api/schema";
import { CopyableText } from "../components/Copy";

/** The data that went into a run; each opens to its source, size and columns. */
export function RunDatasets({ inputs }: { inputs: DatasetInput[] }) {
  if (inputs.length === 0) return null;
  return (
    <section className="section">
      <div className="section-head">
        <h2>Datasets</h2>
      </div>
      <ul className="card item-list">
        {inputs.map(({ dataset, tags }) => {
          const context = tags?.find((tag) => tag.key === "mlflow.data.context")?.value;
          return (
            <li key={`${dataset.name} ${dataset.digest} ${context ?? ""}`}>
              <details>
                <summary>
                  <strong>{dataset.name}</strong> <code>{dataset.digest}</code> {context && <span className="badge">{context}</span>}
                </summary>
                <dl className="facts">
                  {profileFacts(dataset.profile).map(([name, value]) => (
                    <div key={name}>
                      <dt>{name}</dt>
                      <dd className="number">{value}</dd>
                    </div>
                  ))}
                  <div>
                    <dt>Source</dt>
                    <dd>
                      <CopyableText text={dataset.source ?? ""} label="Copy the dataset's source" />
                    </dd>
                  </div>
                  <div>
                    <dt>Columns</dt>
                    <dd>{columnsOf(dataset.schema)}</dd>
                  </div>
                </dl>
              </details>
            </li>
          );
        })}
      </ul>
    </section>
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

const MOST_COLUMNS = 60;

function columnsOf(schema: string | undefined): string {
  const columns = parsed(schema)["mlflow_colspec"];
  if (!Array.isArray(columns)) return "not recorded";
  const names = columns.slice(0, MOST_COLUMNS).map((column: { name?: string; type?: string }) => `${column.name ?? "?"}: ${column.type ?? "?"}`);
  return names.join(", ") + (columns.length > MOST_COLUMNS ? ", …" : "");
}
