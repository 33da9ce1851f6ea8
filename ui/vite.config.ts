import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const server = process.env["FLOWMILL_URL"] ?? "http://127.0.0.1:5000";

/** What is only fetched when it is opened, and must not be drawn into the first view. */
const ON_DEMAND = /(Dialog|OpenMenu|OpenPopover|CommandPalette|KeyHelp|Markdown|Chart|Canvas|ColumnPicker|Snippet|highlight|Note\.|Tags|csv|saveFile|registry|mlmodel|Aliases|chartSections|differences|tableOrder|points|artifacts|imageSize|stepImages|scales|api.models|runModels|modelSource|ranks|KeyText|ShowMore|RegisterButton|jsonTable|smoothing|api[/\\]metrics\.)/;

function isShared(id: string): boolean {
  return /[/\\]src[/\\](components|lib|api)[/\\]/.test(id) && !ON_DEMAND.test(id);
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
  resolve: { alias: { hysnappy: fileURLToPath(new URL("src/artifacts/hysnappy.ts", import.meta.url)) } },
  build: {
    target: "es2022",
    // Small files stay files: an inlined script or font would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What every page shares travels as one file: dozens of tiny ones compress badly and each costs a request.
        codeSplitting: { groups: [{ name: "shared", test: isShared, minShareCount: 3 }] },
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
