import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";

import type { ChartRun } from "../charts/MetricPicture";
import type { ImageSearch } from "../lib/viewState";
import { useRunOfPage } from "./RunPage";
import StepImages from "./StepImages";

/** The pictures of a run by step. */
export function RunImages() {
  const { run } = useRunOfPage();
  const search = useSearch({ from: "/experiments/$experimentId/runs/$runId/images" });
  const navigate = useNavigate();
  const runs = useMemo<ChartRun[]>(
    () => (run ? [{ id: run.info.run_id, name: run.info.run_name || run.info.run_id, colour: "", live: run.info.status === "RUNNING" }] : []),
    [run],
  );
  const onSearch = useCallback(
    (change: ImageSearch) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }), replace: true }),
    [navigate],
  );
  if (!run) return null;
  return <StepImages runs={runs} search={search} onSearch={onSearch} />;
}
