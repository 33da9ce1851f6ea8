import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const server = process.env["FLOWMILL_URL"] ?? "http://127.0.0.1:5000";

export default defineConfig({
  // Every address is relative to the document, so the page works under any base path.
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    // Small files stay files: an inlined script or font would need a wider Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: Object.fromEntries(
      ["/api", "/ajax-api", "/get-artifact", "/health"].map((path) => [path, { target: server, changeOrigin: true }]),
    ),
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
