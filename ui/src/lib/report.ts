import type { RunRow } from "../api/schema";
import { comparedMetrics, type ComparedRow, comparedTexts } from "./differences";
import { shortNumber } from "./numbers";
import { labels, axisFor, share } from "./scales";

/** The points of one metric of one run, in the order of its steps. */
export interface ReportCurve {
  name: string;
  colour: string;
  x: number[];
  y: number[];
}

export interface ReportChart {
  title: string;
  curves: ReportCurve[];
}

export interface Report {
  title: string;
  /** Where the runs are, and when the report was made, as text. */
  source: string;
  made: string;
  runs: RunRow[];
  colours: string[];
  charts: ReportChart[];
}

/** Text as it stands in HTML: nothing in it is markup. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--text:#1d1b18;--quiet:#5c574f;--line:#e4e0d8;--differs:#fff6dc}
@media (prefers-color-scheme:dark){:root{--bg:#121415;--text:#ecebe7;--quiet:#a7a59f;--line:#2d3133;--differs:#3a3210}}
body{margin:2rem auto;max-width:80rem;padding:0 1rem;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .5rem}p{color:var(--quiet)}
.wide{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.3rem .7rem;border-bottom:1px solid var(--line);text-align:left;overflow-wrap:anywhere}
td{font-variant-numeric:tabular-nums}tr.differs>*{background:var(--differs)}tr.part th{padding-top:1rem;color:var(--quiet)}
i{display:inline-block;width:.7em;height:.7em;border-radius:50%;margin-right:.4em}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(24rem,1fr));gap:1rem}
figure{margin:0;padding:.7rem;border:1px solid var(--line);border-radius:10px}figcaption{font-weight:600}
svg{width:100%;height:auto}svg text{fill:var(--quiet);font:11px system-ui,sans-serif}svg line{stroke:var(--line)}`;

const WIDTH = 420;
const HEIGHT = 220;
const ROOM = { left: 52, right: 8, top: 8, bottom: 24 };

/** A chart as SVG; what is no number leaves a gap. */
export function chartSvg(chart: ReportChart): string {
  const xs = axisFor(chart.curves.flatMap((curve) => curve.x));
  const ys = axisFor(chart.curves.flatMap((curve) => curve.y.filter(Number.isFinite)));
  const x = { ...xs, log: false } as typeof xs;
  const y = { ...ys, log: false } as typeof ys;
  const xOf = (at: number) => ROOM.left + at * (WIDTH - ROOM.left - ROOM.right);
  const yOf = (at: number) => HEIGHT - ROOM.bottom - at * (HEIGHT - ROOM.top - ROOM.bottom);
  const grid = labels(y, 4)
    .map(({ share: at, text }) => {
      const top = yOf(at).toFixed(1);
      return `<line x1="${ROOM.left}" x2="${WIDTH - ROOM.right}" y1="${top}" y2="${top}"/><text x="${ROOM.left - 6}" y="${top}" text-anchor="end" dominant-baseline="middle">${escaped(text)}</text>`;
    })
    .join("");
  const along = labels(x, 5)
    .map(({ share: at, text }) => `<text x="${xOf(at).toFixed(1)}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(text)}</text>`)
    .join("");
  const lines = chart.curves
    .map((curve) => {
      let path = "";
      let isOpen = false;
      curve.y.forEach((value, at) => {
        const [across, up] = [share(x, curve.x[at] ?? null), share(y, value)];
        if (across === null || up === null) {
          isOpen = false;
          return;
        }
        path += `${isOpen ? "L" : "M"}${xOf(across).toFixed(1)} ${yOf(up).toFixed(1)}`;
        isOpen = true;
      });
      const last = curve.y.at(-1);
      const told = `${curve.name}: ${last === undefined ? "" : shortNumber(last)}`;
      return `<path d="${path}" fill="none" stroke="${escaped(curve.colour)}" stroke-width="1.6"><title>${escaped(told)}</title></path>`;
    })
    .join("");
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(chart.title)}">${grid}${along}${lines}</svg>`;
}

function tableRows(title: string, rows: ComparedRow[], width: number): string {
  if (rows.length === 0) return "";
  const body = rows.map(
    (row) =>
      `<tr${row.differs ? ' class="differs"' : ""}><th scope="row">${escaped(row.key)}</th>${row.whole.map((cell) => `<td>${escaped(cell ?? "–")}</td>`).join("")}</tr>`,
  );
  return `<tr class="part"><th scope="rowgroup" colspan="${width}">${title}</th></tr>${body.join("")}`;
}

/** Runs side by side as one file without scripts, which opens from a disk and asks for nothing. */
export function reportHtml(report: Report): string {
  const { runs, colours } = report;
  const head = runs
    .map((run, at) => `<th scope="col"><i style="background:${escaped(colours[at] ?? "#888")}"></i>${escaped(run.run_name || run.run_id)}</th>`)
    .join("");
  const facts = comparedTexts(
    runs.map((run) => ({
      "run id": run.run_id,
      status: run.lost ? "LOST" : run.status,
      ...(run.user_id ? { user: run.user_id } : {}),
      created: new Date(run.start_time).toISOString(),
    })),
  );
  const own = (tags: Record<string, string>) => Object.fromEntries(Object.entries(tags).filter(([key]) => !key.startsWith("mlflow.")));
  const width = runs.length + 1;
  const parts = [
    tableRows("Runs", facts.map((row) => ({ ...row, differs: false })), width),
    tableRows("Parameters", comparedTexts(runs.map((run) => run.params)), width),
    tableRows("Metrics", comparedMetrics(runs), width),
    tableRows("Tags", comparedTexts(runs.map((run) => own(run.tags))), width),
  ].join("");
  const charts = report.charts.map((chart) => `<figure><figcaption>${escaped(chart.title)}</figcaption>${chartSvg(chart)}</figure>`).join("");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(report.title)}</title><style>${STYLE}</style></head><body>
<h1>${escaped(report.title)}</h1><p>From ${escaped(report.source)}, ${escaped(report.made)}. Rows that differ are marked.</p>
<div class="wide"><table><thead><tr><td></td>${head}</tr></thead><tbody>${parts}</tbody></table></div>
${charts ? `<h2>Metrics over steps</h2><div class="charts">${charts}</div>` : ""}
</body></html>
`;
}
