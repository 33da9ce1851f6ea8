// Generated from flowmill.wire by `make schema`; do not edit.

/** JSON has no NaN or infinities; they travel as words. */
export type MetricValue = number | "NaN" | "Infinity" | "-Infinity";

/** A key with a text: the shape of every tag and parameter. */
export interface KeyValue {
  key: string;
  value: string;
}

/** The files of a folder of a run; none if it is a file or is not there. */
export interface ListArtifacts {
  run_id: string;
  path?: string;
}

/** The files of a folder, and where its root is; paths are relative to that root. */
export interface ArtifactList {
  root_uri: string;
  files?: FileInfo[];
}

/** One file or folder of an artifact store. `path`: relative to the store's root, POSIX. `file_size`: bytes; None for a folder, and for a file whose store does not say. */
export interface FileInfo {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

/** The files of a folder of a logged model. */
export interface ListLoggedModelArtifacts {
  model_id: string;
  artifact_directory_path?: string;
}

/** The files of a folder below the server's artifact root. */
export interface ListProxiedArtifacts {
  path?: string;
}

/** The files of a folder; paths are relative to the folder asked for. */
export interface ProxiedList {
  files?: FileInfo[];
}

/** An address to fetch a file of a run from, past the server. Invalid where the artifacts have none. `expiration`: seconds, 1 to 604,800; 300 without it. */
export interface CreateDownloadAddress {
  run_id: string;
  path: string;
  expiration?: number;
}

/** An address in the object store that serves one file until it expires; `headers` must go with a PUT. */
export interface SignedAddress {
  presigned_url: string;
  headers?: Record<string, string>;
  file_size?: number;
}

/** An address to PUT a file of a run or of a logged model to, past the server. Invalid where there is none. `expiration`: seconds, 1 to 604,800; 900 without it. */
export interface CreateUploadAddress {
  path: string;
  run_id?: string;
  model_id?: string;
  expiration?: number;
}

/** Hide the points of a run later than `step`, as a branch that is kept; none if there is nothing to hide. Metrics of the machine (`system/…`) stay: their steps count samples. `once`: a text that many processes may send, of which only the first to arrive hides anything. */
export interface RewindRun {
  run_id: string;
  step: number;
  once?: string;
}

/** Branches, those hidden last first. */
export interface BranchList {
  branches?: Branch[];
}

/** Points of a run later than `step` that were hidden at `created_at`, ms since the epoch, UTC. `keys`: the metrics that it has points of, `points` how many in all, `last_step` the highest step of them. `base`: the branch in which it begins, because a start from an earlier step hid what was before it, too. */
export interface Branch {
  branch_id: string;
  run_id: string;
  step: number;
  created_at: number;
  keys?: string[];
  points?: number;
  last_step?: number;
  base?: string;
}

/** The hidden branches of a run. */
export interface ListBranches {
  run_id: string;
}

/** The hidden points of a metric as columns, oldest first, in pages of up to a million points. */
export interface GetBranchColumns {
  run_id: string;
  branch_id: string;
  metric_key: string;
  page_token?: string;
  max_results?: number;
}

/** Points of a metric as columns of n numbers, in order of time, then step: each is 8·n bytes, little-endian. `steps` and `timestamps` (ms since the epoch, UTC) are int64, `values` float64. Without a token these are the last ones. */
export interface MetricColumns {
  steps?: string;
  timestamps?: string;
  values?: string;
  next_page_token?: string;
}

/** Bring a hidden branch back: points later than its step that the run has now are hidden in its place. A branch that begins in another one brings that back first. The answer is the branches of what is hidden instead, hidden last first. */
export interface RestoreBranch {
  run_id: string;
  branch_id: string;
}

/** Bring a hidden branch of an imported run under its id, or more points of it. Those of its points that the run shows, brought by an import from before they were hidden, are hidden here too. */
export interface ImportBranch {
  run_id: string;
  branch: Branch;
  points: Points[];
}

/** Points of the metric `key`, three columns of equal length n. `timestamps`, `steps`: int64, little-endian, 8 n bytes; `values`: float64, little-endian, 8 n bytes, so that NaN, infinities and −0.0 arrive as they are. In JSON bytes are base64. */
export interface Points {
  key: string;
  timestamps: string;
  steps: string;
  values: string;
}

/** What was changed of a run, newest first: by whom, when, from what to what. These are its name, description and own tags, that it was deleted, restored or moved, and a status that changed after it had ended. What a run sets for the first time while it goes on is part of it and no change; what one caller changes again and again in the meantime is one change, from the first value to the last. */
export interface ListRunChanges {
  run_id: string;
  max_results?: number;
  page_token?: string;
}

/** A page of changes; without a token it is the last one. */
export interface RunChangePage {
  changes?: RunChange[];
  next_page_token?: string;
}

/** One change of a run. `time`: ms since the epoch, UTC. `user`: as the caller claimed, empty when unknown. `before` and `after` are None where there was, or is, nothing. */
export interface RunChange {
  time: number;
  user?: string;
  kind: RunChangeKind;
  key?: string;
  before?: string;
  after?: string;
}

/** What changed. */
export type RunChangeKind = "name" | "description" | "tag" | "status" | "lifecycle" | "experiment";

/** The datasets that active runs of these experiments used. */
export interface SearchDatasets {
  experiment_ids?: string[];
}

/** Datasets in the order of experiment, name, digest and context. */
export interface DatasetSummaries {
  dataset_summaries?: DatasetSummary[];
}

/** A dataset that some run of the experiment used, once for each context (training, evaluation). */
export interface DatasetSummary {
  experiment_id: string;
  name: string;
  digest: string;
  context?: string;
}

/** Make an experiment; answers its id. AlreadyExists if an active one has the name. */
export interface CreateExperiment {
  name: string;
  artifact_location?: string;
  tags?: ExperimentTag[];
}

/** A tag of an experiment. */
export interface ExperimentTag {
  key: string;
  value: string;
}

/** The experiment with this id, deleted or not. */
export interface GetExperiment {
  experiment_id: string;
}

/** An experiment; times are ms since the epoch, UTC. */
export interface Experiment {
  experiment_id: string;
  name: string;
  artifact_location: string;
  lifecycle_stage: LifecycleStage;
  last_update_time: number;
  creation_time: number;
  tags?: ExperimentTag[];
  workspace?: string;
}

/** Whether something is in use or in the trash. */
export type LifecycleStage = "active" | "deleted";

/** The active experiment of this name. */
export interface GetExperimentByName {
  experiment_name: string;
}

/** Experiments that the filter matches, newest first unless ordered. */
export interface SearchExperiments {
  max_results: number;
  page_token?: string;
  filter?: string;
  order_by?: string[];
  view_type?: ViewType;
}

/** Which of active and deleted things a search looks at. */
export type ViewType = "ACTIVE_ONLY" | "DELETED_ONLY" | "ALL";

/** A page of experiments; without a token it is the last one. */
export interface ExperimentPage {
  experiments?: Experiment[];
  next_page_token?: string;
}

/** Rename an experiment. */
export interface UpdateExperiment {
  experiment_id: string;
  new_name: string;
}

/** Move an experiment and its runs to the trash; its name is free at once. */
export interface DeleteExperiment {
  experiment_id: string;
}

/** Take an experiment and the runs deleted with it out of the trash. */
export interface RestoreExperiment {
  experiment_id: string;
}

/** Set a tag of an experiment. */
export interface SetExperimentTag {
  experiment_id: string;
  key: string;
  value?: string;
}

/** Remove a tag of an experiment; NotFound if it has none of that key. */
export interface DeleteExperimentTag {
  experiment_id: string;
  key: string;
}

/** What happened to a registered model, newest first: under its former names too, and when it is deleted. `version`, `alias` and `kind` leave out what is about others. */
export interface GetRegistryEvents {
  name: string;
  version?: string;
  alias?: string;
  kind?: RegistryEventKind;
  max_results?: number;
  page_token?: string;
}

/** What changed. */
export type RegistryEventKind = "model" | "name" | "version" | "alias" | "tag" | "stage" | "description";

/** A page of events; without a token it is the last one. */
export interface RegistryEventPage {
  events?: RegistryEvent[];
  next_page_token?: string;
}

/** One change of a registered model. `time`: ms since the epoch, UTC. `user`: as the caller claimed, empty when unknown. `name`: of the model after the change. `model`: a number that the model keeps when it is renamed; another model that takes its name later has another one. `version`: the version it is about, None for the model as a whole; an alias is about the version that it points at, or pointed at when it was removed. `before` and `after` are None where there was, or is, nothing. */
export interface RegistryEvent {
  event_id: number;
  time: number;
  user?: string;
  name: string;
  model: number;
  kind: RegistryEventKind;
  version?: string;
  key?: string;
  before?: string;
  after?: string;
  origin?: VersionOrigin;
}

/** What a version was made from: it outlives the version. */
export interface VersionOrigin {
  source: string;
  run_id?: string;
  model_id?: string;
  run_link?: string;
}

/** The version that an alias pointed at then, as it was then, though it be deleted since. `as_of`: ms since the epoch, UTC. The name is that of then; if no model had it then, that of now. */
export interface GetVersionAsOf {
  name: string;
  alias: string;
  as_of: number;
}

/** A version of a registered model; times are ms since the epoch, UTC. */
export interface ModelVersion {
  name: string;
  version: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  current_stage: string;
  description: string;
  user_id?: string;
  source?: string;
  run_id?: string;
  run_link: string;
  model_id?: string;
  status: ModelVersionStatus;
  status_message?: string;
  tags?: ModelVersionTag[];
  aliases?: string[];
  params?: LoggedModelParameter[];
  metrics?: Metric[];
  deployment_job_state?: ModelVersionDeploymentJobState;
  workspace?: string;
}

/** Whether a version can be used. */
export type ModelVersionStatus = "PENDING_REGISTRATION" | "FAILED_REGISTRATION" | "READY";

/** A tag of a version. */
export interface ModelVersionTag {
  key: string;
  value: string;
}

/** A parameter of a logged model. */
export interface LoggedModelParameter {
  key: string;
  value: string;
}

/** A value that a run measured. `value`: float64, NaN and ±inf included; `timestamp`: ms since the epoch, UTC; `step`: int64. `model_id` and the dataset's name and digest say what was measured on what, when that is known. */
export interface Metric {
  key: string;
  value: MetricValue;
  timestamp: number;
  step: number;
  model_id?: string;
  dataset_name?: string;
  dataset_digest?: string;
  run_id?: string;
}

/** How the job that deploys a version stands, on servers that have such jobs. */
export interface ModelVersionDeploymentJobState {
  job_id: string;
  run_id: string;
  job_state: DeploymentJobConnectionState;
  run_state: DeploymentJobRunState;
  current_task_name: string;
}

/** Whether a registered model has a job that deploys its versions; Databricks alone has such jobs. */
export type DeploymentJobConnectionState = "DEPLOYMENT_JOB_CONNECTION_STATE_UNSPECIFIED" | "NOT_SET_UP" | "CONNECTED" | "NOT_FOUND" | "REQUIRED_PARAMETERS_CHANGED";

/** How such a job stands for a version. */
export type DeploymentJobRunState = "DEPLOYMENT_JOB_RUN_STATE_UNSPECIFIED" | "NO_VALID_DEPLOYMENT_JOB_FOUND" | "RUNNING" | "SUCCEEDED" | "FAILED" | "PENDING" | "APPROVAL";

/** The processes that log to these runs are alive, and will say so again within `every` ms. A run that is RUNNING and was silent for three times as long is shown as lost, until it is heard of again. Runs that are not there, or have ended, are passed over. */
export interface Heartbeat {
  run_ids: string[];
  every?: number;
}

/** End a run and say in tags how; `end_time` is ms since the epoch, UTC, now if absent. `unless_ended`: a run that is not open any more stays as it is. */
export interface EndRun {
  run_id: string;
  status: RunStatus;
  end_time?: number;
  tags?: RunTag[];
  unless_ended?: boolean;
}

/** How a run stands. RUNNING and SCHEDULED are open; the others are final. */
export type RunStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

/** A tag of a run; may be changed and deleted. */
export interface RunTag {
  key: string;
  value: string;
}

/** One of many processes of a job has the run open, since `opened_at`, ms since the epoch, UTC. Ranks of an earlier job are forgotten: the run was taken up again. A run that ended only because all ranks had left, or with an earlier life of this rank, is open again. */
export interface JoinRun {
  run_id: string;
  job: string;
  rank: number;
  size: number;
  opened_at: number;
  host?: string;
}

/** One of many processes of a job has done its part of the run, or ended otherwise, at `end_time`. `opened_at` tells which life of the rank that was. The run ends as FINISHED with rank 0, or when all who had it open have left it; as FAILED or KILLED with the first rank that does. One that was told to end by a signal counts as the first only if no other ended: launchers end all ranks when one has died. */
export interface LeaveRun {
  run_id: string;
  job: string;
  rank: number;
  size: number;
  opened_at: number;
  status: RunStatus;
  end_time: number;
  tags?: RunTag[];
}

/** The processes that have a run open together, or had; none of a run that one process logs to. */
export interface ListRanks {
  run_id: string;
}

/** Ranks by their number. */
export interface RankList {
  ranks?: RunRank[];
}

/** One of `size` processes of a job: RUNNING while it has the run open, then as what it ended. `job` is the same in all of them, `host` the machine. `opened_at`, `ended_at`: ms since the epoch, UTC. `how`: one line on an end that was no success; `signal`: which one told the process to end. */
export interface RunRank {
  job: string;
  rank: number;
  size: number;
  opened_at: number;
  status: RunStatus;
  host?: string;
  ended_at?: number;
  how?: string;
  signal?: string;
}

/** One point; `timestamp` is ms since the epoch, UTC. */
export interface LogMetric {
  run_id: string;
  key: string;
  value: MetricValue;
  timestamp: number;
  step?: number;
  model_id?: string;
  dataset_name?: string;
  dataset_digest?: string;
}

/** Every point of a metric, ordered by time, then step; paged only if `max_results` is given. */
export interface GetMetricHistory {
  run_id: string;
  metric_key: string;
  page_token?: string;
  max_results?: number;
}

/** A page of points; without a token it is the last one. */
export interface MetricPage {
  metrics?: Metric[];
  next_page_token?: string;
}

/** The histories of a metric in up to 100 runs, by run id, `max_results` points altogether. */
export interface GetMetricHistoryBulk {
  run_id: string[];
  metric_key: string;
  max_results?: number;
}

/** Points; a list without any is written too. */
export interface MetricList {
  metrics: Metric[];
}

/** Of a metric in up to 100 runs at most `max_results` points each, by step, spread over all or an interval. */
export interface GetMetricHistoryBulkInterval {
  run_ids: string[];
  metric_key: string;
  start_step?: number;
  end_step?: number;
  max_results?: number;
}

/** The history of a metric as columns, in pages of up to a million points. */
export interface GetMetricColumns {
  run_id: string;
  metric_key: string;
  page_token?: string;
  max_results?: number;
}

/** The histories of metrics of up to 1,000 runs as columns, in pages of up to a million points. They come run by run in the order of `run_ids`, key by key in the order of the alphabet; without `keys` it is every metric. A series may go on in the next page. */
export interface GetMetricTable {
  run_ids: string[];
  keys?: string[];
  page_token?: string;
  max_results?: number;
}

/** Points of several series one behind the other, as columns: see `MetricColumns`. */
export interface MetricTablePage {
  series?: SeriesLength[];
  steps?: string;
  timestamps?: string;
  values?: string;
  next_page_token?: string;
}

/** How many of the points that follow each other are of a metric of a run. */
export interface SeriesLength {
  run_id: string;
  key: string;
  points: number;
}

/** Series as columns, each thinned to about `points` so that no extreme is lost. `x`: what they are ordered by. `start` and `end`: the stretch of it that is shown, both included (a step, or ms since the epoch); a shorter stretch is shown in more detail. `hidden`: after these come the hidden branches of the runs, as many as may be asked for in all. */
export interface GetSeries {
  run_ids: string[];
  keys: string[];
  points?: number;
  x?: "step" | "time";
  start?: number;
  end?: number;
  hidden?: boolean;
}

/** Series, in the order asked for: run by run, key by key. */
export interface SeriesList {
  series: Series[];
}

/** The points of one metric of one run, as columns of equal length, ordered by step, then time. `count` is the number of points that exist; the columns may hold fewer, thinned so that the first, the last and every extreme stay. `minimum` and `maximum` are over all points that are numbers. `branch_id` names the branch of what the run hides; it is empty for what it shows. */
export interface Series {
  run_id: string;
  key: string;
  count: number;
  steps: number[];
  timestamps: number[];
  values: MetricValue[];
  minimum?: MetricValue;
  maximum?: MetricValue;
  branch_id?: string;
}

/** Rows of the runs that the filter matches; `columns` (`metrics.k`, `params.k`, `tags.k`, and `minimum.k` and `maximum.k` of a metric, and `attributes.children`) chooses what they hold, None is every metric, parameter and tag; `run_ids` narrows to those runs, in any experiment. The filter and `order_by` take `minimum.k` and `maximum.k` too. `roots` leaves out runs whose parent is a run of the same experiment that is not deleted: those are reached through it. */
export interface GetRunRows {
  experiment_ids?: string[];
  filter?: string;
  order_by?: string[];
  run_view_type?: ViewType;
  run_ids?: string[];
  columns?: string[];
  roots?: boolean;
  max_results?: number;
  page_token?: string;
}

/** A page of rows, and how many runs match in all. */
export interface RunRows {
  total: number;
  rows: RunRow[];
  next_page_token?: string;
}

/** A run as one row; times are ms since the epoch, UTC. `minimums` and `maximums` are of a metric's whole history. `children`: how many runs say that this one is their parent and are active; None unless it was asked for. `lost`: RUNNING, but silent for too long. `number`: which run of the store it is, counted from the first; its colour on the page follows from it. */
export interface RunRow {
  run_id: string;
  run_name: string;
  experiment_id: string;
  status: RunStatus;
  user_id: string;
  start_time: number;
  lifecycle_stage: LifecycleStage;
  artifact_uri: string;
  metrics: Record<string, MetricValue>;
  params: Record<string, string>;
  tags: Record<string, string>;
  models: RowModel[];
  datasets: RowDataset[];
  versions: RowVersion[];
  end_time?: number;
  minimums?: Record<string, MetricValue>;
  maximums?: Record<string, MetricValue>;
  children?: number;
  lost?: boolean;
  number?: number;
}

/** A model that the run made. */
export interface RowModel {
  model_id: string;
  name: string;
  status: UploadStatus;
}

/** The same in the words of the wire. */
export type UploadStatus = "LOGGED_MODEL_STATUS_UNSPECIFIED" | "LOGGED_MODEL_PENDING" | "LOGGED_MODEL_READY" | "LOGGED_MODEL_UPLOAD_FAILED";

/** A dataset that the run used, and for what. */
export interface RowDataset {
  name: string;
  digest: string;
  context?: string;
}

/** A registered version made from the run, or from a logged model among its outputs. */
export interface RowVersion {
  name: string;
  version: string;
}

/** The runs that the filter matches in groups of equal values of `by`, the largest group first. `by`: `params.k`, `tags.k`, `attributes.status` or `attributes.user_id`; runs without a value are a group of their own. `columns` as in `GetRunRows`: what is summed up of each group. */
export interface GetRunGroups {
  experiment_ids?: string[];
  filter?: string;
  run_view_type?: ViewType;
  by: string[];
  columns?: string[];
  max_results?: number;
}

/** The largest groups, how many groups there are and how many runs in all. */
export interface RunGroups {
  total: number;
  runs: number;
  groups: RunGroup[];
}

/** Runs of equal values: `values` in the order of what was grouped by, None where the runs have none. `numbers` and `texts` are by column, as it was asked for. */
export interface RunGroup {
  values: (string | null)[];
  runs: number;
  numbers: Record<string, GroupNumber>;
  texts: Record<string, GroupText>;
}

/** A metric over the runs of a group that have it. `deviation` is the sample's standard deviation, None of a single run; NaN counts for nothing. */
export interface GroupNumber {
  runs: number;
  mean: MetricValue;
  minimum: MetricValue;
  maximum: MetricValue;
  deviation?: MetricValue;
}

/** A parameter or tag over the runs of a group that have it: `value` if it is the same in all of them. */
export interface GroupText {
  runs: number;
  values: number;
  value?: string;
}

/** Which metrics, parameters and tags the active runs of these experiments have, or those of `run_ids` among their runs, active or not. */
export interface GetRunColumns {
  experiment_ids: string[];
  run_ids?: string[];
}

/** Every key of the experiments' active runs, in alphabetical order. `sample`: of many runs, how many were looked at for the numbers of each key, the newest and the oldest; None if all. Then a key may also be one that only runs in the trash have. */
export interface RunColumns {
  metrics: RunColumn[];
  params: RunColumn[];
  tags: RunColumn[];
  sample?: number;
}

/** A key, how many of the runs that were looked at have it and how many different values those hold. */
export interface RunColumn {
  key: string;
  runs: number;
  distinct: number;
}

/** Announce a model; it is PENDING until finalized. */
export interface CreateLoggedModel {
  experiment_id: string;
  name?: string;
  model_type?: string;
  source_run_id?: string;
  params?: LoggedModelParameter[];
  tags?: LoggedModelTag[];
}

/** A tag of a logged model. */
export interface LoggedModelTag {
  key: string;
  value: string;
}

/** A logged model, whole. Its URI is `models:/<model_id>`. */
export interface LoggedModel {
  info: LoggedModelInfo;
  data: LoggedModelData;
}

/** Who, when, where and how; times are ms since the epoch, UTC. */
export interface LoggedModelInfo {
  model_id: string;
  experiment_id: string;
  name: string;
  creation_timestamp_ms: number;
  last_updated_timestamp_ms: number;
  artifact_uri: string;
  status: UploadStatus;
  model_type: string;
  source_run_id: string;
  status_message?: string;
  tags?: LoggedModelTag[];
  registrations?: LoggedModelRegistration[];
}

/** A registered version made from a logged model. */
export interface LoggedModelRegistration {
  name: string;
  version: string;
}

/** Parameters and metrics of a logged model. */
export interface LoggedModelData {
  params?: LoggedModelParameter[];
  metrics?: Metric[];
}

/** The logged model with this id. */
export interface GetLoggedModel {
  model_id: string;
  allow_deleted?: boolean;
}

/** Say that the model's files are complete (READY) or that they never will be (UPLOAD_FAILED). */
export interface FinalizeLoggedModel {
  model_id: string;
  status: UploadStatus;
}

/** Move a logged model to the trash. */
export interface DeleteLoggedModel {
  model_id: string;
}

/** Logged models that the filter matches, newest first unless ordered. */
export interface SearchLoggedModels {
  experiment_ids: string[];
  filter?: string;
  datasets?: ModelDataset[];
  max_results?: number;
  order_by?: ModelOrder[];
  page_token?: string;
}

/** A dataset that metrics in a filter were measured on. */
export interface ModelDataset {
  dataset_name: string;
  dataset_digest?: string;
}

/** One sort key of a search for logged models; a dataset narrows which metric is meant. */
export interface ModelOrder {
  field_name: string;
  ascending?: boolean;
  dataset_name?: string;
  dataset_digest?: string;
}

/** A page of logged models; without a token it is the last one. */
export interface LoggedModelPage {
  models?: LoggedModel[];
  next_page_token?: string;
}

/** The logged models that the filter matches in groups of an equal value of `by`, the largest group first. `by`: `params.k`, `tags.k`, `attributes.status`, `attributes.model_type`, `attributes.source_run_id` or `datasets.name`; empty says only how many there are. By dataset a model is in the group of each that it was measured on. `metrics`: of these the last value of each model is summed up, by dataset that on the dataset. */
export interface GetModelGroups {
  experiment_ids: string[];
  filter?: string;
  by?: string;
  metrics?: string[];
  max_results?: number;
}

/** The largest groups, how many groups there are and how many models in all. */
export interface ModelGroups {
  total: number;
  models: number;
  groups: ModelGroup[];
}

/** Logged models of an equal value, None for those that have none; `numbers`: their metrics, by key. */
export interface ModelGroup {
  value: string;
  models: number;
  numbers: Record<string, GroupNumber>;
}

/** Which metrics, parameters and tags the logged models of these experiments have; the numbers are of models. Of many models the numbers are those of the newest, whose number is then `sample`: 0 for what only others have. */
export interface GetModelColumns {
  experiment_ids: string[];
}

/** Write parameters of a logged model. */
export interface LogLoggedModelParams {
  model_id: string;
  params?: LoggedModelParameter[];
}

/** Set tags of a logged model. */
export interface SetLoggedModelTags {
  model_id: string;
  tags?: LoggedModelTag[];
}

/** Remove a tag of a logged model; NotFound if it has none of that key. */
export interface DeleteLoggedModelTag {
  model_id: string;
  tag_key: string;
}

/** Bring active runs into another active experiment: all of them or, on an error, none. Needs to edit both experiments. What lies below a run in its experiment goes with it, as do the models that a run logged. Ids, histories, links and the places of files stay as they are. The answer says what was moved from where, so that it can be undone; a run that is in the experiment already is not among it. */
export interface MoveRuns {
  run_ids: string[];
  experiment_id: string;
}

/** Moves, the last first. */
export interface MoveList {
  moves?: Move[];
}

/** A run went from one experiment to another at `moved_at`, ms since the epoch, UTC. `user_id` is who asked for it, as far as they said. */
export interface Move {
  run_id: string;
  from_experiment_id: string;
  to_experiment_id: string;
  moved_at: number;
  user_id?: string;
}

/** From where a run was moved, by whom and when. */
export interface ListMoves {
  run_id: string;
}

/** Keep a prompt, what filled it and what a model answered as a finished run. */
export interface CreatePromptlabRun {
  experiment_id: string;
  prompt_template: string;
  prompt_parameters: PromptValue[];
  model_route: string;
  model_input: string;
  mlflow_version: string;
  run_name?: string;
  tags?: RunTag[];
  model_parameters?: PromptValue[];
  model_output_parameters?: PromptValue[];
  model_output?: string;
  user_id?: string;
  start_time?: number;
}

/** A value by its key; numbers are kept as text. */
export interface PromptValue {
  key: string;
  value?: string | MetricValue | number | boolean;
}

/** A run, whole. */
export interface Run {
  info: RunInfo;
  data: RunData;
  inputs: RunInputs;
  outputs?: RunOutputs;
}

/** Who, when, where and how. Times are ms since the epoch, UTC. `lost`: it is RUNNING by its status, but the process that logs to it gives no sign of life. */
export interface RunInfo {
  run_id: string;
  run_uuid: string;
  run_name: string;
  experiment_id: string;
  user_id: string;
  status: RunStatus;
  start_time: number;
  artifact_uri: string;
  lifecycle_stage: LifecycleStage;
  end_time?: number;
  lost?: boolean;
}

/** Latest metrics, parameters and tags; as lists on the wire, as dicts for people. */
export interface RunData {
  metrics?: Metric[];
  params?: Param[];
  tags?: RunTag[];
}

/** A parameter of a run; written once, never changed. */
export interface Param {
  key: string;
  value: string;
}

/** Datasets and models that a run used. */
export interface RunInputs {
  dataset_inputs?: DatasetInput[];
  model_inputs?: LoggedModelInput[];
}

/** A dataset as one run used it. */
export interface DatasetInput {
  dataset: Dataset;
  tags?: InputTag[];
}

/** A dataset by name and digest; `schema` and `profile` are JSON texts. */
export interface Dataset {
  name: string;
  digest: string;
  source_type: string;
  source: string;
  schema?: string;
  profile?: string;
}

/** A tag of a dataset's use, such as its context (training, evaluation). */
export interface InputTag {
  key: string;
  value: string;
}

/** A logged model that a run used. */
export interface LoggedModelInput {
  model_id: string;
}

/** Models that a run made. */
export interface RunOutputs {
  model_outputs?: LoggedModelOutput[];
}

/** A logged model that a run made, at which step. */
export interface LoggedModelOutput {
  model_id: string;
  step: number;
}

/** Make a registered model. AlreadyExists if the name is taken. */
export interface CreateRegisteredModel {
  name: string;
  tags?: RegisteredModelTag[];
  description?: string;
}

/** A tag of a registered model. */
export interface RegisteredModelTag {
  key: string;
  value: string;
}

/** A registered model; times are ms since the epoch, UTC. */
export interface RegisteredModel {
  name: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  description?: string;
  latest_versions?: ModelVersion[];
  tags?: RegisteredModelTag[];
  aliases?: RegisteredModelAlias[];
  deployment_job_id?: string;
  deployment_job_state?: DeploymentJobConnectionState;
  workspace?: string;
}

/** A name that points at one version. */
export interface RegisteredModelAlias {
  alias: string;
  version: string;
}

/** The registered model of this name. */
export interface GetRegisteredModel {
  name: string;
}

/** Registered models that the filter matches, by name unless ordered. */
export interface SearchRegisteredModels {
  filter?: string;
  max_results?: number;
  order_by?: string[];
  page_token?: string;
}

/** A page of registered models; without a token it is the last one. */
export interface RegisteredModelPage {
  registered_models?: RegisteredModel[];
  next_page_token?: string;
}

/** Change the description. */
export interface UpdateRegisteredModel {
  name: string;
  description?: string;
}

/** Give a registered model another name. AlreadyExists if that is taken. */
export interface RenameRegisteredModel {
  name: string;
  new_name: string;
}

/** Delete a registered model with its versions, tags and aliases. */
export interface DeleteRegisteredModel {
  name: string;
}

/** Set a tag of a registered model. */
export interface SetRegisteredModelTag {
  name: string;
  key: string;
  value?: string;
}

/** Remove a tag of a registered model. */
export interface DeleteRegisteredModelTag {
  name: string;
  key: string;
}

/** Point an alias at a version; it leaves the one that it pointed at. */
export interface SetAlias {
  name: string;
  alias: string;
  version: string;
}

/** Remove an alias. */
export interface DeleteAlias {
  name: string;
  alias: string;
}

/** The version that an alias points at. */
export interface GetVersionByAlias {
  name: string;
  alias: string;
}

/** The newest version of each stage, or of the stages named. */
export interface GetLatestVersions {
  name: string;
  stages?: string[];
}

/** A page of versions; without a token it is the last one. */
export interface ModelVersionPage {
  model_versions?: ModelVersion[];
  next_page_token?: string;
}

/** Make the next version of a registered model from the files at `source`. */
export interface CreateModelVersion {
  name: string;
  source: string;
  run_id?: string;
  tags?: ModelVersionTag[];
  run_link?: string;
  description?: string;
  model_id?: string;
}

/** One version of a registered model. */
export interface GetModelVersion {
  name: string;
  version: string;
}

/** Versions that the filter matches, newest first unless ordered. */
export interface SearchModelVersions {
  filter?: string;
  max_results?: number;
  order_by?: string[];
  page_token?: string;
}

/** Where the files of a version are. */
export interface GetVersionDownloadUri {
  name: string;
  version: string;
}

/** Change the description of a version. */
export interface UpdateModelVersion {
  name: string;
  version: string;
  description?: string;
}

/** Move a version to None, Staging, Production or Archived (MLflow's older way; prefer aliases). */
export interface TransitionStage {
  name: string;
  version: string;
  stage: string;
  archive_existing_versions?: boolean;
}

/** Delete a version with its tags and the aliases that point at it; its number is never used again. */
export interface DeleteModelVersion {
  name: string;
  version: string;
}

/** Set a tag of a version. */
export interface SetModelVersionTag {
  name: string;
  version: string;
  key: string;
  value?: string;
}

/** Remove a tag of a version. */
export interface DeleteModelVersionTag {
  name: string;
  version: string;
  key: string;
}

/** Open a run. Without a name it gets one of its own; `start_time` is ms since the epoch. Flowmill's own `run_id` (32 hexadecimal digits) lets the client choose the id, so that asking again after an answer that was lost opens no second run. */
export interface CreateRun {
  experiment_id: string;
  user_id?: string;
  run_name?: string;
  start_time?: number;
  tags?: RunTag[];
  run_id?: string;
}

/** The run with this id, deleted or not. */
export interface GetRun {
  run_id: string;
}

/** Whole runs that the filter matches, newest first unless ordered. */
export interface SearchRuns {
  experiment_ids?: string[];
  filter?: string;
  run_view_type?: ViewType;
  max_results?: number;
  order_by?: string[];
  page_token?: string;
}

/** A page of runs; without a token it is the last one. */
export interface RunPage {
  runs?: Run[];
  next_page_token?: string;
}

/** Change a run's status, end time (ms since the epoch) or name. */
export interface UpdateRun {
  run_id: string;
  status?: RunStatus;
  end_time?: number;
  run_name?: string;
}

/** Move a run to the trash. */
export interface DeleteRun {
  run_id: string;
}

/** Take a run out of the trash. */
export interface RestoreRun {
  run_id: string;
}

/** Move up to 1,000 runs to the trash and, with `below`, what lies below them in their experiments. All of them or, on an error, none. The answer names those that were moved, so that it can be undone; a run that is in the trash already is not among them. */
export interface DeleteRuns {
  run_ids: string[];
  below?: boolean;
}

/** Ids of runs. */
export interface RunIds {
  run_ids?: string[];
}

/** Take up to 1,000 runs out of the trash and, with `below`, what was deleted together with them below them. All of them or, on an error, none. The answer names those that are back; an active run is not among them. */
export interface RestoreRuns {
  run_ids: string[];
  below?: boolean;
}

/** Write a parameter once; Invalid if it has another value already. */
export interface LogParam {
  run_id: string;
  key: string;
  value?: string;
}

/** Set a tag of a run. */
export interface SetTag {
  run_id: string;
  key: string;
  value?: string;
}

/** Remove a tag of a run; NotFound if it has none of that key. */
export interface DeleteTag {
  run_id: string;
  key: string;
}

/** Metrics, parameters and tags at once: all of them or, on an error, none. Flowmill's own `writer` and `seq` make a batch count once however often it is sent: a writer numbers its batches of a run upwards and sends them in that order; one whose number is not higher than the last that was applied is answered and not applied again. */
export interface LogBatch {
  run_id: string;
  metrics?: Metric[];
  params?: Param[];
  tags?: RunTag[];
  writer?: string;
  seq?: number;
}

/** Record datasets and models that a run used. */
export interface LogInputs {
  run_id: string;
  datasets?: DatasetInput[];
  models?: LoggedModelInput[];
}

/** Record models that a run made. */
export interface LogOutputs {
  run_id: string;
  models?: LoggedModelOutput[];
}

/** Append an MLmodel (as JSON) to the run's history of logged models, the MLflow 2 way. */
export interface LogModel {
  run_id: string;
  model_json: string;
}

/** The server's versions and kind of store. */
export interface GetServerInfo {
}

/** What the server is; `store` names the database's kind. */
export interface ServerInfo {
  version: string;
  mlflow_version: string;
  store: string;
}

/** Which of these origins were imported, under which id and fingerprint. */
export interface GetImported {
  kind: TransferKind;
  origins: string[];
}

/** What was imported. */
export type TransferKind = "experiment" | "run" | "logged_model" | "registered_model" | "version";

/** Those of the origins asked for that were imported. */
export interface ImportedList {
  imported?: Imported[];
}

/** Something that an import brought: `origin` names it at its source, `id` here. */
export interface Imported {
  origin: string;
  id: string;
  fingerprint?: string;
}

/** Bring an experiment, under its id if that is free; one of the same name that is there takes it in. */
export interface ImportExperiment {
  experiment: Experiment;
  origin: string;
  fingerprint?: string;
}

/** What became of one thing, its id here, and where its files go. */
export interface Placed {
  origin: string;
  id: string;
  outcome: Outcome;
  artifact_uri?: string;
}

/** What became of a thing that was sent. `NEW`: it was not there; `UPDATED`: an earlier import had brought it; `KEPT`: it was there, not by an import, and stays as it is; `JOINED`: something of the same name was there and took it in; `ELSEWHERE`: its id belongs to something in another experiment, and nothing was done. */
export type Outcome = "new" | "updated" | "kept" | "joined" | "elsewhere";

/** Bring runs under their ids into an experiment: all of them or, on an error, none. */
export interface ImportRuns {
  experiment_id: string;
  runs: WholeRun[];
}

/** A run with points of its metrics; the latest values in `run` do not count. `ranks`: of many processes. With a `fingerprint` it is finished by this; without one, more points or files are to come. */
export interface WholeRun {
  run: Run;
  points?: Points[];
  fingerprint?: string;
  ranks?: RunRank[];
}

/** The same of several, in the order in which they were sent. */
export interface PlacedList {
  placed: Placed[];
}

/** Add points to the metrics of an imported run; a point that is there stays single. */
export interface ImportPoints {
  run_id: string;
  points: Points[];
}

/** Bring logged models under their ids into an experiment, with every point in their metrics. */
export interface ImportLoggedModels {
  experiment_id: string;
  models: WholeModel[];
}

/** A logged model; with a `fingerprint` it is finished by this, without one files are to come. */
export interface WholeModel {
  model: LoggedModel;
  deleted?: boolean;
  fingerprint?: string;
}

/** Bring a registered model with versions; answers the versions, under their numbers where those are free. `last_version`: the highest number ever given at the source, which is not given again. `fingerprint` is that of the model, `fingerprints` those of its versions. */
export interface ImportRegisteredModel {
  model: RegisteredModel;
  versions?: ModelVersion[];
  last_version?: number;
  fingerprint?: string;
  fingerprints?: string[];
}

/** Note that imported things are complete, files included, with the fingerprints of their sources. */
export interface FinishImport {
  kind: TransferKind;
  imported: Imported[];
}

/** What runs hold, counted and as digests, so that a copy can be compared without being sent back. */
export interface DigestRuns {
  run_ids: string[];
}

/** Digests of the runs asked for, those that exist. */
export interface RunDigests {
  runs?: RunDigest[];
}

/** What a run holds: how many parameters, tags and points, and the digest of all (`entities.digest`). */
export interface RunDigest {
  run_id: string;
  params: number;
  tags: number;
  points: number;
  digest: string;
}

/** What lies in the trash, last deleted first. `experiment_ids` narrows to those experiments. */
export interface ListTrash {
  experiment_ids?: string[];
  max_results?: number;
  page_token?: string;
}

/** A page of the trash; without a token it is the last one. */
export interface TrashPage {
  items?: TrashItem[];
  next_page_token?: string;
}

/** Something deleted that can be restored; `deleted_at` is ms since the epoch, UTC. `moved_from`: the experiment from which it was brought into its own before; None if it never was. */
export interface TrashItem {
  kind: "experiment" | "run" | "logged_model";
  id: string;
  name: string;
  experiment_id: string;
  deleted_at: number;
  moved_from?: string;
}

/** Free what lies in the trash for good, with its artifacts. `older_than`: only what was deleted at least so many ms ago; an experiment's tag `flowmill.trashRetention` counts instead where it is set. Ids narrow to what they name, which must be in the trash; naming an experiment means all in it. What a registered version was made from stays. `dry_run` frees nothing and says what would go. `keep_artifacts` leaves the files where they are. `again`: this goes on with a request that was answered with `more` or `places`, so that an id that has gone meanwhile is no error. `freed` and `failed`: places of an earlier report whose files are gone, or could not be removed. */
export interface PurgeTrash {
  older_than?: number;
  experiment_ids?: string[];
  run_ids?: string[];
  model_ids?: string[];
  dry_run?: boolean;
  keep_artifacts?: boolean;
  again?: boolean;
  freed?: string[];
  failed?: string[];
}

/** What was freed for good, or would be. `items`: what went, the first ones if there is no end of it; `runs`, `experiments`, `logged_models`: how many of each. `files` and `bytes`: artifacts that were freed. `places`: where artifacts are still to be freed. `more`: whether there is more to do. */
export interface PurgeReport {
  experiments: number;
  runs: number;
  logged_models: number;
  files?: number;
  bytes?: number;
  items?: TrashItem[];
  kept?: KeptItem[];
  places?: string[];
  more?: boolean;
}

/** Something due that stays, because a registered version was made from it. */
export interface KeptItem {
  kind: "experiment" | "run" | "logged_model";
  id: string;
  model: string;
  version: string;
}

/** Take a logged model out of the trash. */
export interface RestoreLoggedModel {
  model_id: string;
}

/** Tell an address of events from now on. Several webhooks may have the same name. */
export interface CreateWebhook {
  name: string;
  url: string;
  events: EventName[];
  description?: string;
  secret?: string;
  status?: WebhookStatus;
}

/** An event that a webhook is told of. */
export interface EventName {
  entity: EventEntity;
  action: EventAction;
}

/** What an event is about; on the wire in capitals, in Python and for receivers in small letters. */
export type EventEntity = "REGISTERED_MODEL" | "MODEL_VERSION" | "MODEL_VERSION_TAG" | "MODEL_VERSION_ALIAS" | "PROMPT" | "PROMPT_VERSION" | "PROMPT_TAG" | "PROMPT_VERSION_TAG" | "PROMPT_ALIAS" | "BUDGET_POLICY";

/** What happened to it. */
export type EventAction = "CREATED" | "UPDATED" | "DELETED" | "SET" | "EXCEEDED";

/** Whether a webhook is sent. */
export type WebhookStatus = "ACTIVE" | "DISABLED";

/** A webhook as it is answered: without its secret. Times are ms since the epoch, UTC. */
export interface WebhookInfo {
  webhook_id: string;
  name: string;
  description?: string;
  url: string;
  events: EventName[];
  status: WebhookStatus;
  creation_timestamp: number;
  last_updated_timestamp: number;
}

/** All webhooks, newest first. */
export interface ListWebhooks {
  max_results?: number;
  page_token?: string;
}

/** A page of webhooks; without a token it is the last one. */
export interface WebhookPage {
  webhooks?: WebhookInfo[];
  next_page_token?: string;
}

/** The webhook with this id. */
export interface GetWebhook {
  webhook_id: string;
}

/** Change what is given. An empty description removes it; other empty fields are as if they were not there. */
export interface UpdateWebhook {
  webhook_id: string;
  name?: string;
  description?: string;
  url?: string;
  events?: EventName[];
  secret?: string;
  status?: WebhookStatus;
}

/** Remove a webhook, its secret, and what was still to be sent to it. */
export interface DeleteWebhook {
  webhook_id: string;
}

/** Send an example of an event, by default of the webhook's first one, once and at once. */
export interface TestWebhook {
  webhook_id: string;
  event?: EventName;
}

/** How a test went. What the receiver answered beside its status is not told. */
export interface WebhookTestResult {
  success: boolean;
  response_status?: number;
  response_body?: string;
  error_message?: string;
}

/** The delivery log, newest first: of one webhook, in one state, or all. */
export interface ListDeliveries {
  webhook_id?: string;
  state?: DeliveryState;
  max_results?: number;
  page_token?: string;
}

/** Where a delivery stands. */
export type DeliveryState = "waiting" | "delivered" | "dead";

/** A page of the delivery log; without a token it is the last one. */
export interface DeliveryPage {
  deliveries?: WebhookDelivery[];
  next_page_token?: string;
}

/** One event on its way to one webhook; times are ms since the epoch, UTC. `delivery_id` is what the receiver got as `X-MLflow-Delivery-Id`, the same for every try. `next_try`: when it is tried next, None when it is not. `error`: why the last try failed. */
export interface WebhookDelivery {
  delivery_id: string;
  webhook_id: string;
  event: string;
  state: DeliveryState;
  tries: number;
  created: number;
  last_try?: number;
  next_try?: number;
  response_status?: number;
  error?: string;
}

/** Try a delivery again from the start, whatever became of it. */
export interface RetryDelivery {
  delivery_id: string;
}

/** Every operation: its request and its answer. */
export interface Operations {
  "GET 2.0/mlflow/artifacts/list": { request: ListArtifacts; answer: ArtifactList };
  "GET 2.0/mlflow/logged-models/{model_id}/artifacts/directories": { request: ListLoggedModelArtifacts; answer: ArtifactList };
  "GET 2.0/mlflow-artifacts/artifacts": { request: ListProxiedArtifacts; answer: ProxiedList };
  "POST 2.0/mlflow/artifacts/presigned-download-url": { request: CreateDownloadAddress; answer: SignedAddress };
  "POST 2.0/mlflow/artifacts/presigned-upload-url": { request: CreateUploadAddress; answer: SignedAddress };
  "POST flowmill/1/runs/rewind": { request: RewindRun; answer: BranchList };
  "GET flowmill/1/runs/branches": { request: ListBranches; answer: BranchList };
  "GET flowmill/1/runs/branches/columns": { request: GetBranchColumns; answer: MetricColumns };
  "POST flowmill/1/runs/branches/restore": { request: RestoreBranch; answer: BranchList };
  "POST flowmill/1/transfer/branch": { request: ImportBranch; answer: Record<string, never> };
  "GET flowmill/1/runs/changes": { request: ListRunChanges; answer: RunChangePage };
  "POST 2.0/mlflow/experiments/search-datasets": { request: SearchDatasets; answer: DatasetSummaries };
  "POST 2.0/mlflow/experiments/create": { request: CreateExperiment; answer: { experiment_id: string } };
  "GET 2.0/mlflow/experiments/get": { request: GetExperiment; answer: { experiment: Experiment } };
  "GET 2.0/mlflow/experiments/get-by-name": { request: GetExperimentByName; answer: { experiment: Experiment } };
  "POST 2.0/mlflow/experiments/search": { request: SearchExperiments; answer: ExperimentPage };
  "POST 2.0/mlflow/experiments/update": { request: UpdateExperiment; answer: Record<string, never> };
  "POST 2.0/mlflow/experiments/delete": { request: DeleteExperiment; answer: Record<string, never> };
  "POST 2.0/mlflow/experiments/restore": { request: RestoreExperiment; answer: Record<string, never> };
  "POST 2.0/mlflow/experiments/set-experiment-tag": { request: SetExperimentTag; answer: Record<string, never> };
  "POST 2.0/mlflow/experiments/delete-experiment-tag": { request: DeleteExperimentTag; answer: Record<string, never> };
  "GET flowmill/1/registered-models/history": { request: GetRegistryEvents; answer: RegistryEventPage };
  "GET flowmill/1/registered-models/alias-as-of": { request: GetVersionAsOf; answer: { model_version: ModelVersion } };
  "POST flowmill/1/runs/heartbeat": { request: Heartbeat; answer: Record<string, never> };
  "POST flowmill/1/runs/end": { request: EndRun; answer: Record<string, never> };
  "POST flowmill/1/runs/join": { request: JoinRun; answer: Record<string, never> };
  "POST flowmill/1/runs/leave": { request: LeaveRun; answer: Record<string, never> };
  "GET flowmill/1/runs/ranks": { request: ListRanks; answer: RankList };
  "POST 2.0/mlflow/runs/log-metric": { request: LogMetric; answer: Record<string, never> };
  "GET 2.0/mlflow/metrics/get-history": { request: GetMetricHistory; answer: MetricPage };
  "GET 2.0/mlflow/metrics/get-history-bulk": { request: GetMetricHistoryBulk; answer: MetricList };
  "GET 2.0/mlflow/metrics/get-history-bulk-interval": { request: GetMetricHistoryBulkInterval; answer: MetricPage };
  "GET flowmill/1/metrics/columns": { request: GetMetricColumns; answer: MetricColumns };
  "POST flowmill/1/metrics/table": { request: GetMetricTable; answer: MetricTablePage };
  "POST flowmill/1/metrics/series": { request: GetSeries; answer: SeriesList };
  "POST flowmill/1/runs/rows": { request: GetRunRows; answer: RunRows };
  "POST flowmill/1/runs/groups": { request: GetRunGroups; answer: RunGroups };
  "POST flowmill/1/runs/columns": { request: GetRunColumns; answer: RunColumns };
  "POST 2.0/mlflow/logged-models": { request: CreateLoggedModel; answer: { model: LoggedModel } };
  "GET 2.0/mlflow/logged-models/{model_id}": { request: GetLoggedModel; answer: { model: LoggedModel } };
  "PATCH 2.0/mlflow/logged-models/{model_id}": { request: FinalizeLoggedModel; answer: { model: LoggedModel } };
  "DELETE 2.0/mlflow/logged-models/{model_id}": { request: DeleteLoggedModel; answer: Record<string, never> };
  "POST 2.0/mlflow/logged-models/search": { request: SearchLoggedModels; answer: LoggedModelPage };
  "POST flowmill/1/logged-models/groups": { request: GetModelGroups; answer: ModelGroups };
  "POST flowmill/1/logged-models/columns": { request: GetModelColumns; answer: RunColumns };
  "POST 2.0/mlflow/logged-models/{model_id}/params": { request: LogLoggedModelParams; answer: Record<string, never> };
  "PATCH 2.0/mlflow/logged-models/{model_id}/tags": { request: SetLoggedModelTags; answer: Record<string, never> };
  "DELETE 2.0/mlflow/logged-models/{model_id}/tags/{tag_key}": { request: DeleteLoggedModelTag; answer: Record<string, never> };
  "POST flowmill/1/runs/move": { request: MoveRuns; answer: MoveList };
  "GET flowmill/1/runs/moves": { request: ListMoves; answer: MoveList };
  "POST 2.0/mlflow/runs/create-promptlab-run": { request: CreatePromptlabRun; answer: { run: Run } };
  "POST 2.0/mlflow/registered-models/create": { request: CreateRegisteredModel; answer: { registered_model: RegisteredModel } };
  "GET 2.0/mlflow/registered-models/get": { request: GetRegisteredModel; answer: { registered_model: RegisteredModel } };
  "GET 2.0/mlflow/registered-models/search": { request: SearchRegisteredModels; answer: RegisteredModelPage };
  "PATCH 2.0/mlflow/registered-models/update": { request: UpdateRegisteredModel; answer: { registered_model: RegisteredModel } };
  "POST 2.0/mlflow/registered-models/rename": { request: RenameRegisteredModel; answer: { registered_model: RegisteredModel } };
  "DELETE 2.0/mlflow/registered-models/delete": { request: DeleteRegisteredModel; answer: Record<string, never> };
  "POST 2.0/mlflow/registered-models/set-tag": { request: SetRegisteredModelTag; answer: Record<string, never> };
  "DELETE 2.0/mlflow/registered-models/delete-tag": { request: DeleteRegisteredModelTag; answer: Record<string, never> };
  "POST 2.0/mlflow/registered-models/alias": { request: SetAlias; answer: Record<string, never> };
  "DELETE 2.0/mlflow/registered-models/alias": { request: DeleteAlias; answer: Record<string, never> };
  "GET 2.0/mlflow/registered-models/alias": { request: GetVersionByAlias; answer: { model_version: ModelVersion } };
  "POST 2.0/mlflow/registered-models/get-latest-versions": { request: GetLatestVersions; answer: ModelVersionPage };
  "POST 2.0/mlflow/model-versions/create": { request: CreateModelVersion; answer: { model_version: ModelVersion } };
  "GET 2.0/mlflow/model-versions/get": { request: GetModelVersion; answer: { model_version: ModelVersion } };
  "GET 2.0/mlflow/model-versions/search": { request: SearchModelVersions; answer: ModelVersionPage };
  "GET 2.0/mlflow/model-versions/get-download-uri": { request: GetVersionDownloadUri; answer: { artifact_uri: string } };
  "PATCH 2.0/mlflow/model-versions/update": { request: UpdateModelVersion; answer: { model_version: ModelVersion } };
  "POST 2.0/mlflow/model-versions/transition-stage": { request: TransitionStage; answer: { model_version: ModelVersion } };
  "DELETE 2.0/mlflow/model-versions/delete": { request: DeleteModelVersion; answer: Record<string, never> };
  "POST 2.0/mlflow/model-versions/set-tag": { request: SetModelVersionTag; answer: Record<string, never> };
  "DELETE 2.0/mlflow/model-versions/delete-tag": { request: DeleteModelVersionTag; answer: Record<string, never> };
  "POST 2.0/mlflow/runs/create": { request: CreateRun; answer: { run: Run } };
  "GET 2.0/mlflow/runs/get": { request: GetRun; answer: { run: Run } };
  "POST 2.0/mlflow/runs/search": { request: SearchRuns; answer: RunPage };
  "POST 2.0/mlflow/runs/update": { request: UpdateRun; answer: { run_info: RunInfo } };
  "POST 2.0/mlflow/runs/delete": { request: DeleteRun; answer: Record<string, never> };
  "POST 2.0/mlflow/runs/restore": { request: RestoreRun; answer: Record<string, never> };
  "POST flowmill/1/runs/delete": { request: DeleteRuns; answer: RunIds };
  "POST flowmill/1/runs/restore": { request: RestoreRuns; answer: RunIds };
  "POST 2.0/mlflow/runs/log-parameter": { request: LogParam; answer: Record<string, never> };
  "POST 2.0/mlflow/runs/set-tag": { request: SetTag; answer: Record<string, never> };
  "POST 2.0/mlflow/runs/delete-tag": { request: DeleteTag; answer: Record<string, never> };
  "POST 2.0/mlflow/runs/log-batch": { request: LogBatch; answer: Record<string, never> };
  "POST 2.0/mlflow/runs/log-inputs": { request: LogInputs; answer: Record<string, never> };
  "POST 2.0/mlflow/runs/outputs": { request: LogOutputs; answer: Record<string, never> };
  "POST 2.0/mlflow/runs/log-model": { request: LogModel; answer: Record<string, never> };
  "GET flowmill/1/server": { request: GetServerInfo; answer: ServerInfo };
  "POST flowmill/1/transfer/imported": { request: GetImported; answer: ImportedList };
  "POST flowmill/1/transfer/experiment": { request: ImportExperiment; answer: { experiment: Placed } };
  "POST flowmill/1/transfer/runs": { request: ImportRuns; answer: PlacedList };
  "POST flowmill/1/transfer/points": { request: ImportPoints; answer: Record<string, never> };
  "POST flowmill/1/transfer/logged-models": { request: ImportLoggedModels; answer: PlacedList };
  "POST flowmill/1/transfer/registered-model": { request: ImportRegisteredModel; answer: PlacedList };
  "POST flowmill/1/transfer/finish": { request: FinishImport; answer: Record<string, never> };
  "POST flowmill/1/transfer/digests": { request: DigestRuns; answer: RunDigests };
  "POST flowmill/1/trash/list": { request: ListTrash; answer: TrashPage };
  "POST flowmill/1/trash/purge": { request: PurgeTrash; answer: PurgeReport };
  "POST flowmill/1/logged-models/restore": { request: RestoreLoggedModel; answer: { model: LoggedModel } };
  "POST 2.0/mlflow/webhooks": { request: CreateWebhook; answer: { webhook: WebhookInfo } };
  "GET 2.0/mlflow/webhooks": { request: ListWebhooks; answer: WebhookPage };
  "GET 2.0/mlflow/webhooks/{webhook_id}": { request: GetWebhook; answer: { webhook: WebhookInfo } };
  "PATCH 2.0/mlflow/webhooks/{webhook_id}": { request: UpdateWebhook; answer: { webhook: WebhookInfo } };
  "DELETE 2.0/mlflow/webhooks/{webhook_id}": { request: DeleteWebhook; answer: Record<string, never> };
  "POST 2.0/mlflow/webhooks/{webhook_id}/test": { request: TestWebhook; answer: { result: WebhookTestResult } };
  "GET flowmill/1/webhook-deliveries": { request: ListDeliveries; answer: DeliveryPage };
  "POST flowmill/1/webhook-deliveries/retry": { request: RetryDelivery; answer: Record<string, never> };
}
