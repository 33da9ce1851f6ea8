import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env["FLOWMILL_URL"] ?? "http://127.0.0.1:5000";

/** What is only fetched when it is opened, and must not be drawn into the first view. */
const ON_DEMAND = /(Dialog|OpenMenu|OpenPopover|CommandPalette|KeyHelp|Markdown|Chart|Canvas|ColumnPicker|Snippet|highlight|Note\.|Tags|csv|saveFile|registry|mlmodel|Aliases)/;

function isShared(id: string): boolean {
  return /[/\\]src[/\\](components|lib|api)[/\\]/.test(id) && !ON_DEMAND.test(id);
}

export default defineConfig({
  // Every address is relative to the document, so the page works under any base path.
  base: "./",
  plugins: [react()],
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
});
