import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const server = process.env["FLOWMILL_URL"] ?? "http://127.0.0.1:5000";

const MAIN = fileURLToPath(new URL("src/main.tsx", import.meta.url));
const RUNS = fileURLToPath(new URL("src/pages/ExperimentPage.tsx", import.meta.url));

interface Graph {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null;
}

/** All that a module imports, directly or through others, but for what it only fetches when that is opened. */
function importedBy(id: string, graph: Graph, found = new Set<string>()): Set<string> {
  if (found.has(id)) return found;
  found.add(id);
  for (const each of graph.getModuleInfo(id)?.importedIds ?? []) importedBy(each, graph, found);
  return found;
}

/**
 * The first view travels as two files, since dozens of tiny ones compress badly and each costs a request: what every page
 * needs, together with the shared pieces of the runs' table, and what only that table is made of. All else comes with what opens it.
 */
function firstView(): (id: string, graph: Graph) => string | null {
  let frame: Set<string> | undefined;
  let runs: Set<string> | undefined;
  return (id, graph) => {
    frame ??= importedBy(MAIN, graph);
    runs ??= importedBy(RUNS, graph);
    if (frame.has(id) || id.includes("rolldown/runtime") || (runs.has(id) && !/[/\\]src[/\\]pages[/\\]/.test(id))) return "first";
    return runs.has(id) ? "runs" : null;
  };
}

/** Makes the form of reports one file: its script and style stand in it, and nothing else may run or load. */
function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle: { order: "post", handler(_, bundle) {
      const files = Object.values(bundle);
      const html = files.find((file) => file.fileName.endsWith(".html"));
      if (html?.type !== "asset") return;
      const style = files.flatMap((file) => (file.type === "asset" && file.fileName.endsWith(".css") ? [String(file.source)] : [])).join("\n");
      const chunks = files.filter((file) => file.type === "chunk");
      if (chunks.length !== 1) throw new Error(`A report is made of one script, not of ${chunks.length}.`);
      // The element that holds it must not end in the middle of a text of the script.
      const script = (chunks[0]?.code ?? "").replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
      const hash = createHash("sha256").update(script).digest("base64");
      const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
      html.source = String(html.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, "")
        .replace(/\s*<link rel="stylesheet"[^>]*>/g, "")
        .replace("<head>", () => `<head>\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`)
        .replace("</head>", () => `<style>${style}</style>\n  </head>`)
        .replace("</body>", () => `<script type="module">${script}</script>\n  </body>`);
      for (const file of files) if (file !== html) delete bundle[file.fileName];
    } },
  };
}

/** `vite build --mode report`, after the page itself. */
const report: ViteUserConfig = {
  plugins: [react(), oneFile()],
  publicDir: false,
  build: {
    target: "es2022",
    emptyOutDir: false,
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: { input: "report.html", output: { codeSplitting: false } },
  },
};

const page: ViteUserConfig = {
  // Every address is relative to the document, so the page works under any base path.
  base: "./",
  plugins: [react()],
  resolve: {
    alias: {
      hysnappy: fileURLToPath(new URL("src/artifacts/hysnappy.ts", import.meta.url)),
      // Without what stands in for a hook that React has had since 18.
      "use-sync-external-store/shim/with-selector": "use-sync-external-store/with-selector",
    },
  },
  build: {
    target: "es2022",
    // Small files stay files: an inlined script or font would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [{ name: firstView() }] },
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/ajax-api", "/get-artifact", "/health"].map((path) => [path, { target: server, changeOrigin: true }]),
    ),
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
};

export default defineConfig(({ mode }) => (mode === "report" ? report : page));
