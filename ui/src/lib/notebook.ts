/** One output of a cell, as far as it is shown. */
export type CellOutput =
  | { kind: "text"; text: string; failed: boolean }
  | { kind: "image"; type: string; data: string }
  | { kind: "html"; html: string };

export interface Cell {
  kind: "code" | "markdown" | "raw";
  source: string;
  count: number | null;
  outputs: CellOutput[];
}

export interface Notebook {
  language: string;
  cells: Cell[];
}

type Plain = Record<string, unknown>;

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Texts are one string, or a list of lines with their ends. */
function text(value: unknown): string {
  if (Array.isArray(value)) return value.filter((line) => typeof line === "string").join("");
  return typeof value === "string" ? value : "";
}

const IMAGES = ["image/png", "image/jpeg", "image/gif", "image/webp"];
/** Colours and movements of a terminal; they are not shown. */
// oxlint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g;

function outputOf(raw: unknown): CellOutput[] {
  if (!isPlain(raw)) return [];
  if (raw["output_type"] === "stream") return [{ kind: "text", text: text(raw["text"]).replace(ESCAPES, ""), failed: raw["name"] === "stderr" }];
  if (raw["output_type"] === "error") {
    const trace = Array.isArray(raw["traceback"]) ? raw["traceback"].filter((line) => typeof line === "string").join("\n") : "";
    return [{ kind: "text", text: (trace || `${text(raw["ename"])}: ${text(raw["evalue"])}`).replace(ESCAPES, ""), failed: true }];
  }
  const data = isPlain(raw["data"]) ? raw["data"] : {};
  for (const type of IMAGES) {
    const image = text(data[type]).replace(/\s+/g, "");
    if (/^[A-Za-z0-9+/=]+$/.test(image)) return [{ kind: "image", type, data: image }];
  }
  const html = text(data["text/html"]);
  if (html) return [{ kind: "html", html }];
  const plain = text(data["text/plain"]);
  return plain ? [{ kind: "text", text: plain, failed: false }] : [];
}

/** The cells of a Jupyter notebook (format 4), or null for what is none. */
export function notebookOf(value: unknown): Notebook | null {
  if (!isPlain(value) || !Array.isArray(value["cells"])) return null;
  const metadata = isPlain(value["metadata"]) ? value["metadata"] : {};
  const info = isPlain(metadata["language_info"]) ? metadata["language_info"] : {};
  const cells = value["cells"].filter(isPlain).map(
    (cell): Cell => ({
      kind: cell["cell_type"] === "code" ? "code" : cell["cell_type"] === "markdown" ? "markdown" : "raw",
      source: text(cell["source"]),
      count: typeof cell["execution_count"] === "number" ? cell["execution_count"] : null,
      outputs: Array.isArray(cell["outputs"]) ? cell["outputs"].flatMap(outputOf) : [],
    }),
  );
  return { language: text(info["name"]) || "python", cells };
}
