import "../styles/tokens.css";
import "../styles/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { HintLayer } from "../components/Hint";
import { NoticeRegion } from "../components/Notices";
import { copyWholeValues } from "../components/Values";
import type { ReportData } from "../lib/report";
import { showTheme } from "../lib/theme";
import { Report } from "./Report";

const root = document.getElementById("root");
const text = document.getElementById("report")?.textContent ?? "";
if (!root) throw new Error("report.html has no element with the id root.");
showTheme();
document.addEventListener("copy", copyWholeValues);
if (text === "") {
  root.textContent = "This is the empty form of a report: `flowmill export --html` and the page's “Save as HTML” fill it.";
} else {
  const data = JSON.parse(text) as ReportData;
  document.title = data.title;
  createRoot(root).render(
    <StrictMode>
      <NoticeRegion>
        <Report data={data} />
      </NoticeRegion>
      <HintLayer />
    </StrictMode>,
  );
}
