/** Shapes of the server's JSON, as its wire declarations give them. */

/** JSON has no NaN or infinities; they travel as words. */
export type MetricValue = number | "NaN" | "Infinity" | "-Infinity";
/** Milliseconds and steps are whole numbers; some servers send them as digits in quotes. */
export type WireInteger = number | string;

export interface KeyValue {
  key: string;
  value: string;
}

export interface Metric {
  key: string;
  value: MetricValue;
  timestamp?: WireInteger;
  step?: WireInteger;
  dataset_name?: string;
  dataset_digest?: string;
  model_id?: string;
  run_id?: string;
}

export interface Experiment {
  experiment_id: string;
  name: string;
  artifact_location?: string;
  lifecycle_stage?: string;
  last_update_time?: WireInteger;
  creation_time?: WireInteger;
  tags?: KeyValue[];
}

export type RunStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

export interface RunInfo {
  run_id: string;
  run_name?: string;
  experiment_id: string;
  user_id?: string;
  status: RunStatus;
  start_time?: WireInteger;
  end_time?: WireInteger;
  artifact_uri?: string;
  lifecycle_stage?: string;
}

export interface RunData {
  metrics?: Metric[];
  params?: KeyValue[];
  tags?: KeyValue[];
}

export interface Dataset {
  name: string;
  digest: string;
  source_type?: string;
  source?: string;
  schema?: string;
  profile?: string;
}

export interface DatasetInput {
  dataset: Dataset;
  tags?: KeyValue[];
}

export interface Run {
  info: RunInfo;
  data?: RunData;
  inputs?: { dataset_inputs?: DatasetInput[]; model_inputs?: { model_id: string }[] };
  outputs?: { model_outputs?: { model_id: string; step?: WireInteger }[] };
}

export interface FileInfo {
  path: string;
  is_dir?: boolean;
  file_size?: WireInteger;
}

export interface LoggedModelInfo {
  model_id: string;
  experiment_id: string;
  name: string;
  creation_timestamp_ms?: WireInteger;
  last_updated_timestamp_ms?: WireInteger;
  artifact_uri?: string;
  status?: string;
  model_type?: string;
  source_run_id?: string;
  status_message?: string;
  tags?: KeyValue[];
  registrations?: { name: string; version: string }[];
}

export interface LoggedModel {
  info: LoggedModelInfo;
  data?: { params?: KeyValue[]; metrics?: Metric[] };
}

export interface RegisteredModel {
  name: string;
  creation_timestamp?: WireInteger;
  last_updated_timestamp?: WireInteger;
  user_id?: string;
  description?: string;
  latest_versions?: ModelVersion[];
  tags?: KeyValue[];
  aliases?: { alias: string; version: string }[];
}

export interface ModelVersion {
  name: string;
  version: string;
  creation_timestamp?: WireInteger;
  last_updated_timestamp?: WireInteger;
  user_id?: string;
  current_stage?: string;
  description?: string;
  source?: string;
  run_id?: string;
  status?: string;
  status_message?: string;
  tags?: KeyValue[];
  run_link?: string;
  aliases?: string[];
  model_id?: string;
}

export interface RunRow {
  run_id: string;
  run_name: string;
  experiment_id: string;
  status: RunStatus;
  user_id: string;
  start_time: WireInteger;
  end_time?: WireInteger;
  lifecycle_stage: string;
  artifact_uri: string;
  metrics: Record<string, MetricValue>;
  params: Record<string, string>;
  tags: Record<string, string>;
  models: { model_id: string; name: string; status: string }[];
  datasets: { name: string; digest: string; context: string }[];
  versions: { name: string; version: string }[];
}

export interface RunRows {
  total: number;
  rows: RunRow[];
  next_page_token?: string;
}

export interface RunColumn {
  key: string;
  runs: number;
  distinct: number;
}

export interface RunColumns {
  metrics: RunColumn[];
  params: RunColumn[];
  tags: RunColumn[];
}

export interface Series {
  run_id: string;
  key: string;
  count: number;
  min: MetricValue;
  max: MetricValue;
  steps: WireInteger[];
  timestamps: WireInteger[];
  values: MetricValue[];
}

export interface ServerInfo {
  version: string;
  mlflow_version: string;
  store: string;
}
