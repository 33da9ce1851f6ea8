import { createHashHistory, createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { PageError } from "./components/PageError";
import { Shell } from "./components/Shell";
import { Missing, Skeleton } from "./components/States";
import { chartSearch, compareSearch, compareVersionsSearch, experimentLook, experimentSearch, experimentsSearch, filesSearch, imageSearch, loggedModelsSearch, modelListSearch, modelSearch, runChartSearch, severalLook } from "./lib/viewState";
import { mlflowRoutes } from "./mlflowRoutes";

function UnknownAddress() {
  return <Missing what="page" id={window.location.hash.slice(1).split("?")[0] ?? ""} detail="The address leads nowhere in this application." />;
}

const root = createRootRoute({ component: Shell, notFoundComponent: UnknownAddress });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/experiments", replace: true });
  },
});

const experiments = createRoute({
  getParentRoute: () => root,
  path: "/experiments",
  validateSearch: experimentsSearch,
  component: lazyRouteComponent(() => import("./pages/ExperimentsPage"), "ExperimentsPage"),
});

const experiment = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId",
  validateSearch: experimentLook,
  component: lazyRouteComponent(() => import("./pages/ExperimentPage"), "ExperimentPage"),
});

/** MLflow's page has the runs under an address of their own. */
const experimentRuns = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/runs",
  validateSearch: experimentSearch,
  beforeLoad: ({ params, search }) => {
    throw redirect({ to: "/experiments/$experimentId", params, search, replace: true });
  },
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/runs/$runId",
  component: lazyRouteComponent(() => import("./pages/RunPage"), "RunPage"),
});

const runOverview = createRoute({
  getParentRoute: () => run,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/RunOverview"), "RunOverview"),
});

const runMetrics = createRoute({
  getParentRoute: () => run,
  path: "/metrics",
  validateSearch: runChartSearch,
  component: lazyRouteComponent(() => import("./pages/RunMetrics"), "RunMetrics"),
});

const runImages = createRoute({
  getParentRoute: () => run,
  path: "/images",
  validateSearch: imageSearch,
  component: lazyRouteComponent(() => import("./pages/RunImages"), "RunImages"),
});

const runModelMetrics = createRoute({
  getParentRoute: () => run,
  path: "/model-metrics",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/experiments/$experimentId/runs/$runId/metrics", params, replace: true });
  },
});

/** The machine's own figures have a page of their own in MLflow; here they are the last section of the others. */
const runSystemMetrics = createRoute({
  getParentRoute: () => run,
  path: "/system-metrics",
  beforeLoad: ({ params }) => {
    throw redirect({ to: "/experiments/$experimentId/runs/$runId/metrics", params, search: { q: "system/" }, replace: true });
  },
});

const runFiles = lazyRouteComponent(() => import("./pages/RunArtifacts"), "RunArtifacts");

const runArtifacts = createRoute({
  getParentRoute: () => run,
  path: "/artifacts",
  component: runFiles,
});

const runArtifact = createRoute({
  getParentRoute: () => run,
  path: "/artifacts/$",
  component: runFiles,
});

const loggedModelList = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/models",
  validateSearch: loggedModelsSearch,
  component: lazyRouteComponent(() => import("./pages/LoggedModelsPage"), "LoggedModelsPage"),
});

const loggedModelPage = lazyRouteComponent(() => import("./pages/LoggedModelPage"), "LoggedModelPage");

const loggedModel = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/models/$modelId",
  component: loggedModelPage,
});

const loggedModelArtifacts = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/models/$modelId/artifacts",
  component: loggedModelPage,
});

const loggedModelArtifact = createRoute({
  getParentRoute: () => root,
  path: "/experiments/$experimentId/models/$modelId/artifacts/$",
  component: loggedModelPage,
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/compare-runs",
  validateSearch: (raw: Record<string, unknown>) => ({ ...imageSearch(raw), ...filesSearch(raw), ...chartSearch(raw), ...compareSearch(raw) }),
  component: lazyRouteComponent(() => import("./pages/ComparePage"), "ComparePage"),
});

/** MLflow's page has an "s" as the last part of this address. */
const compareExperiments = createRoute({
  getParentRoute: () => root,
  path: "/compare-experiments/$any",
  validateSearch: severalLook,
  component: lazyRouteComponent(() => import("./pages/CompareExperimentsPage"), "CompareExperimentsPage"),
});

const models = createRoute({
  getParentRoute: () => root,
  path: "/models",
  validateSearch: modelListSearch,
  component: lazyRouteComponent(() => import("./pages/ModelsPage"), "ModelsPage"),
});

const model = createRoute({
  getParentRoute: () => root,
  path: "/models/$name",
  validateSearch: modelSearch,
  component: lazyRouteComponent(() => import("./pages/ModelPage"), "ModelPage"),
});

const modelVersion = createRoute({
  getParentRoute: () => root,
  path: "/models/$name/versions/$version",
  component: lazyRouteComponent(() => import("./pages/ModelVersionPage"), "ModelVersionPage"),
});

const trash = createRoute({
  getParentRoute: () => root,
  path: "/trash",
  component: lazyRouteComponent(() => import("./pages/TrashPage"), "TrashPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/SettingsPage"), "SettingsPage"),
});

const compareVersions = createRoute({
  getParentRoute: () => root,
  path: "/compare-model-versions",
  validateSearch: compareVersionsSearch,
  component: lazyRouteComponent(() => import("./pages/CompareVersionsPage"), "CompareVersionsPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    experiments,
    experiment,
    experimentRuns,
    run.addChildren([runOverview, runMetrics, runImages, runModelMetrics, runSystemMetrics, runArtifacts, runArtifact]),
    loggedModelList,
    loggedModel,
    loggedModelArtifacts,
    loggedModelArtifact,
    compare,
    compareExperiments,
    models,
    model,
    modelVersion,
    compareVersions,
    trash,
    settings,
    // They have no place among those that links may name.
    ...(mlflowRoutes(root) as never[]),
  ]),
  // The Python client prints addresses with a hash, and a static file server needs no rewriting for them.
  history: createHashHistory(),
  defaultPreload: "intent",
  defaultErrorComponent: PageError,
  defaultPendingComponent: () => (
    <div className="page">
      <Skeleton lines={5} />
    </div>
  ),
  defaultPendingMs: 300,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
