import "./details.css";
import "./RunOverview.css";

import { useQuery } from "@tanstack/react-query";

import { run as runQuery } from "../api/runs";
import type { RunRow } from "../api/schema";
import { Dialog } from "../components/Dialog";
import { Failure, Skeleton } from "../components/States";
import { DatasetList } from "./RunDatasets";

/** The data that went into a run of a table: how each was used, its size, where it is from, and its columns. */
export default function DatasetsDialog({ row, onClose }: { row: RunRow; onClose: () => void }) {
  const run = useQuery(runQuery(row.run_id));
  const inputs = run.data?.inputs?.dataset_inputs ?? [];
  return (
    <Dialog title={`Datasets of ${row.run_name || row.run_id}`} onClose={onClose}>
      <div className="dialog-body dialog-end">
        {run.error && !run.data && <Failure error={run.error} what="read the run" onRetry={() => void run.refetch()} />}
        {run.isPending && <Skeleton lines={4} />}
        {run.data && <DatasetList inputs={inputs} isOpen={inputs.length === 1} />}
      </div>
    </Dialog>
  );
}
