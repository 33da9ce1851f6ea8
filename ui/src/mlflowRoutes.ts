import { type AnyRoute, createRoute, lazyRouteComponent, redirect } from "@tanstack/react-router";

import { metricLink } from "./lib/viewState";

/** Parts of MLflow's page that this one does not have: of an experiment, and of their own. */
const NOT_HERE = [
  ...["traces", "chat-sessions", "judges", "review-queue", "datasets", "playground", "prompts"].map((part) => `/experiments/$experimentId/${part}`),
  "/prompts",
  "/mcp-registry",
  "/gateway",
];

/** Addresses that MLflow's page has and this one calls otherwise or does not have. */
export function mlflowRoutes(root: AnyRoute): AnyRoute[] {
  const getParentRoute = () => root;
  const toExperiment = ({ params }: { params: { experimentId: string } }) => {
    throw redirect({ to: "/experiments/$experimentId", params, replace: true });
  };
  const toMetric = ({ search }: { search: Record<string, unknown> }) => {
    const { runs, experiments, search: charts } = metricLink(search);
    if (runs.length === 1 && experiments[0]) {
      throw redirect({ to: "/experiments/$experimentId/runs/$runId/metrics", params: { experimentId: experiments[0], runId: runs[0]! }, search: charts, replace: true });
    }
    throw redirect({ to: "/compare-runs", search: { ...charts, runs, experiments, tab: "curves" }, replace: true });
  };
  return [
    createRoute({ getParentRoute, path: "/experiments/$experimentId/overview/$", beforeLoad: toExperiment }),
    createRoute({ getParentRoute, path: "/experiments/$experimentId/evaluation-runs", beforeLoad: toExperiment }),
    createRoute({
      getParentRoute,
      path: "/experiments/$experimentId/runs/$runId/artifactPath/$",
      beforeLoad: ({ params }) => {
        throw redirect({ to: "/experiments/$experimentId/runs/$runId/artifacts/$", params, replace: true });
      },
    }),
    createRoute({
      getParentRoute,
      path: "/experiments/$experimentId/runs/$runId/$tab",
      beforeLoad: ({ params }) => {
        throw redirect({ to: "/experiments/$experimentId/runs/$runId", params, replace: true });
      },
    }),
    createRoute({
      getParentRoute,
      path: "/experiments/$experimentId/models/$modelId/$tab",
      beforeLoad: ({ params }) => {
        throw redirect({ to: "/experiments/$experimentId/models/$modelId", params, replace: true });
      },
    }),
    createRoute({ getParentRoute, path: "/runs/$runId", component: lazyRouteComponent(() => import("./pages/ShortLinks"), "ShortRunLink") }),
    createRoute({
      getParentRoute,
      path: "/models/$name/$version",
      beforeLoad: ({ params }) => {
        throw redirect({ to: "/models/$name/versions/$version", params, replace: true });
      },
    }),
    createRoute({ getParentRoute, path: "/metric", beforeLoad: toMetric }),
    createRoute({ getParentRoute, path: "/metric/$name", beforeLoad: toMetric }),
    createRoute({
      getParentRoute,
      path: "/settings/$section",
      beforeLoad: () => {
        throw redirect({ to: "/settings", replace: true });
      },
    }),
    ...NOT_HERE.flatMap((part) => [part, `${part}/$`]).map((path) =>
      createRoute({ getParentRoute, path, component: lazyRouteComponent(() => import("./pages/NotHere"), "NotHere") }),
    ),
  ];
}
