import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { IMAGES_TAG, runColumns } from "../api/runRows";

/** Otherwise the router takes each of these tabs for the current one: their addresses differ only in their search. */
const THIS_TAB = { exact: true };

interface ExperimentTabsProps {
  /** The same list each time, as long as it holds the same. */
  experimentIds: string[];
  /** Which tab of the runs is shown, "runs" for their table; none on another page of the experiment. */
  tab?: string;
}

/** The views of one experiment or of several. Those of the runs keep what the address says of these. */
export function ExperimentTabs({ experimentIds, tab }: ExperimentTabsProps) {
  const known = useQuery(runColumns(experimentIds));
  const hasImages = tab === "images" || known.data?.tags.some((tag) => tag.key === IMAGES_TAG);
  const [only] = experimentIds;
  const runsTab = (text: string, to: "charts" | "images" | undefined) =>
    tab === undefined ? (
      <Link to="/experiments/$experimentId" params={{ experimentId: only! }} search={{ tab: to }} className="tab" activeOptions={THIS_TAB}>
        {text}
      </Link>
    ) : (
      // The address may name the tab in MLflow's words, which the router does not know.
      <Link
        to="."
        search={(old: object) => ({ ...old, tab: to })}
        className="tab"
        activeOptions={THIS_TAB}
        aria-current={tab === (to ?? "runs") ? "page" : undefined}
      >
        {text}
      </Link>
    );
  return (
    <nav className="tabs" aria-label={experimentIds.length > 1 ? "Views of the experiments" : "Views of the experiment"}>
      {runsTab("Runs", undefined)}
      {runsTab("Charts", "charts")}
      {hasImages && runsTab("Images", "images")}
      {experimentIds.length === 1 && (
        <Link to="/experiments/$experimentId/models" params={{ experimentId: only! }} className="tab">
          Models
        </Link>
      )}
    </nav>
  );
}
