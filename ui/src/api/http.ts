import type { Operations } from "./schema";

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
  /** Only these bytes of what is there: from the first, to just before the last. */
  range?: [start: number, end: number];
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
  if (options.range) init.headers = { Range: `bytes=${options.range[0]}-${options.range[1] - 1}` };
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

/**
 * Carries out an operation of the server. Its name is its method and path, as the wire declares it; what is asked and
 * what is answered follow from that.
 */
export async function send<Name extends keyof Operations>(
  name: Name,
  ask: Operations[Name]["request"],
  signal?: AbortSignal,
): Promise<Operations[Name]["answer"]> {
  const [method = "", route = ""] = name.split(" ");
  const fields: Record<string, unknown> = { ...ask };
  const path = route.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = String(fields[field]);
    delete fields[field];
    return encodeURIComponent(value);
  });
  const options = method === "GET" ? { query: fields as Query, signal } : { body: fields, signal };
  const response = await fetchResponse(method, prefix(route) + path, options);
  const text = await response.text();
  return (text === "" ? {} : JSON.parse(text)) as Operations[Name]["answer"];
}

/** MLflow's operations are also served under a prefix of their own for pages, which proxies tell apart from clients. */
function prefix(route: string): string {
  return route.startsWith("flowmill/") ? "api/" : "ajax-api/";
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
