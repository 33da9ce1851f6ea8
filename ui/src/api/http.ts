/** A failed request: what was asked, and what the server said about it. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(message: string, status: number, code: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }

  get isMissing(): boolean {
    return this.status === 404 || this.code === "RESOURCE_DOES_NOT_EXIST";
  }
}

type Query = Record<string, string | number | undefined>;

interface Options {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** The address of a path of the server, relative to the document so that any base path works. */
export function address(path: string, query: Query = {}): string {
  const url = new URL(path, document.baseURI.split("#")[0]);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  return url.href;
}

/** What the person should give to `set_tracking_uri`: where this page comes from. */
export function trackingUri(): string {
  return address(".").replace(/\/+$/, "");
}

/** Sends a request and gives the response; anything but 2xx becomes an ApiError. */
export async function fetchResponse(method: string, path: string, options: Options = {}): Promise<Response> {
  const init: RequestInit = { method, signal: options.signal ?? null, credentials: "same-origin" };
  if (method !== "GET") {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(options.body ?? {});
  }
  let response: Response;
  try {
    response = await fetch(address(path, options.query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(`The server at ${trackingUri()} did not answer. Is it still running?`, 0, "UNREACHABLE");
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const response = await fetchResponse(method, path, options);
  const text = await response.text();
  return (text === "" ? {} : JSON.parse(text)) as T;
}

const MLFLOW = "ajax-api/2.0/mlflow/";
const PAGE = "api/flowmill/1/";

/** An operation of MLflow's REST API. */
export function mlflow<T>(method: string, operation: string, options: Options = {}): Promise<T> {
  return request<T>(method, MLFLOW + operation, options);
}

/** One of the operations that Flowmill adds for this page. */
export function ask<T>(operation: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return request<T>("POST", PAGE + operation, { body, signal });
}

export function askForServer<T>(signal?: AbortSignal): Promise<T> {
  return request<T>("GET", `${PAGE}server`, { signal });
}

async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  try {
    const body = JSON.parse(text) as { error_code?: string; message?: string };
    if (body.message) return new ApiError(body.message, response.status, body.error_code ?? "");
  } catch {
    // Not JSON: a proxy between us and the server answered.
  }
  return new ApiError(`The server answered ${response.status} ${response.statusText}.`.replace(" .", "."), response.status, "");
}
