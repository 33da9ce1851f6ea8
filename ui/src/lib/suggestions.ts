/** What may stand next in a filter that is being typed. */

import { quoteKey, quoteText } from "./filter";

export interface Suggestion {
  /** What is shown. */
  label: string;
  /** What replaces the text from `start` to `end`. */
  insert: string;
  hint: string;
}

export interface Suggestions {
  start: number;
  end: number;
  options: Suggestion[];
}

export interface FilterKeys {
  metrics: string[];
  params: string[];
  tags: string[];
  /** The values of a param or tag that are known, to be completed. */
  values?: (group: "params" | "tags" | "attributes", key: string) => string[];
}

const ATTRIBUTES = ["run_name", "status", "start_time", "end_time", "user_id", "run_id", "artifact_uri"];
const NUMERIC_ATTRIBUTES = new Set(["start_time", "end_time"]);
/** Offered to who begins to write them: twice as many keys are in nobody's way. */
const EXTREMES = [
  ["minimum", "least value of a metric"],
  ["maximum", "greatest value of a metric"],
] as const;
const STATUSES = ["FINISHED", "RUNNING", "FAILED", "KILLED", "SCHEDULED"];
const MOST = 40;

/** What could be typed at the caret: a key, an operator, a status, or AND. */
export function suggest(text: string, caret: number, keys: FilterKeys): Suggestions {
  const before = text.slice(0, caret);
  const clauseStart = lastAnd(before);
  const clause = before.slice(clauseStart);
  const lead = clause.length - clause.trimStart().length;
  const body = clause.slice(lead);
  const parsed = /^((?:metrics?|minimum|maximum|params?|parameters?|tags?|attributes?|attr|datasets?|versions?)\.(?:`[^`]*`|"[^"]*"|[^\s=<>!]+)|[a-z_]+)(\s+|(?=[=<>!]))(.*)$/is.exec(body);
  if (!parsed) return keysAt(body, clauseStart + lead, caret, keys);

  const [, key = "", , rest = ""] = parsed;
  const restStart = caret - rest.length;
  const operator = /^(>=|<=|!=|=|>|<|NOT\s+I?LIKE|I?LIKE|NOT\s+IN|IN|IS\s+NOT\s+NULL|IS\s+NULL)\s*(.*)$/is.exec(rest);
  if (!operator) return operatorsAt(key, rest, restStart, caret);
  return valuesAt(key, operator[2] ?? "", caret, keys);
}

function lastAnd(before: string): number {
  let quote = "";
  let start = 0;
  for (let at = 0; at < before.length; at++) {
    const letter = before[at]!;
    if (quote) {
      if (letter === quote) quote = "";
    } else if (letter === "'" || letter === '"' || letter === "`") quote = letter;
    else if (/\s/.test(letter) && /^\s+AND\s/i.test(before.slice(at, at + 8))) {
      start = at + before.slice(at).search(/AND\s/i) + 4;
    }
  }
  return start;
}

function keysAt(typed: string, start: number, end: number, keys: FilterKeys): Suggestions {
  const wanted = typed.toLowerCase().replaceAll("`", "");
  const all: Suggestion[] = [
    ...keys.metrics.map((key) => option("metrics", key, "metric")),
    ...EXTREMES.filter(([group]) => wanted.length > 1 && (wanted.startsWith(group) || group.startsWith(wanted))).flatMap(([group, hint]) => keys.metrics.map((key) => option(group, key, hint))),
    ...keys.params.map((key) => option("params", key, "parameter")),
    ...ATTRIBUTES.map((key) => option("attributes", key, "attribute")),
    ...keys.tags.map((key) => option("tags", key, "tag")),
    option("datasets", "name", "dataset"),
    option("datasets", "digest", "dataset"),
    option("versions", "name", "registered model"),
  ];
  const options = all.filter(({ label }) => label.toLowerCase().includes(wanted)).slice(0, MOST);
  return { start, end, options };
}

function option(group: string, key: string, hint: string): Suggestion {
  return { label: `${group}.${key}`, insert: `${quoteKey(group, key)} `, hint };
}

function operatorsAt(key: string, typed: string, start: number, end: number): Suggestions {
  const numeric = /^(metrics?|minimum|maximum)\./i.test(key) || NUMERIC_ATTRIBUTES.has(key.replace(/^attr(ibutes?)?\./i, ""));
  const all = numeric
    ? [[">", "greater than"], [">=", "at least"], ["<", "less than"], ["<=", "at most"], ["=", "equal to"], ["!=", "different from"]]
    : [["=", "equal to"], ["!=", "different from"], ["LIKE", "matches, % stands for anything"], ["ILIKE", "matches, whatever the case"]];
  const wanted = typed.trim().toUpperCase();
  const options = all
    .filter(([operator = ""]) => operator.startsWith(wanted))
    .map(([operator = "", hint = ""]) => ({ label: operator, insert: numeric ? `${operator} ` : `${operator} '`, hint }));
  return { start, end, options };
}

function valuesAt(key: string, value: string, caret: number, keys: FilterKeys): Suggestions {
  const none = { start: caret, end: caret, options: [] };
  const closed = /^('(?:[^']|'')*'|"(?:[^"]|"")*"|-?[\d.]+(?:e[+-]?\d+)?|\(.*\))\s+\S{0,3}$/is.exec(value);
  if (closed) {
    const typed = /\S*$/.exec(value)?.[0] ?? "";
    return "AND".startsWith(typed.toUpperCase())
      ? { start: caret - typed.length, end: caret, options: [{ label: "AND", insert: "AND ", hint: "and another condition" }] }
      : none;
  }
  if (!/^(attr(ibutes?)?\.)?status$/i.test(key)) return knownValues(key, value, caret, keys);
  const typed = value.replace(/^['"]/, "").toUpperCase();
  const options = STATUSES.filter((status) => status.startsWith(typed) && status !== typed).map((status) => ({
    label: status,
    insert: `'${status}' `,
    hint: "status",
  }));
  return { start: caret - value.length, end: caret, options };
}

function knownValues(key: string, value: string, caret: number, keys: FilterKeys): Suggestions {
  const none = { start: caret, end: caret, options: [] };
  const named = /^(param(?:eter)?s?|tags?|attr(?:ibutes?)?)\.(?:`([^`]*)`|"([^"]*)"|(\S+))$/i.exec(key);
  if (!named || !keys.values || value.startsWith("(")) return none;
  const group = named[1]!.startsWith("p") ? "params" : named[1]!.startsWith("t") ? "tags" : "attributes";
  const typed = value.replace(/^['"]/, "").toLowerCase();
  const options = keys
    .values(group, named[2] ?? named[3] ?? named[4] ?? "")
    .filter((each) => each.toLowerCase().includes(typed) && each.toLowerCase() !== typed)
    .slice(0, MOST)
    .map((each) => ({ label: each, insert: `${quoteText(each)} `, hint: "value" }));
  return { start: caret - value.length, end: caret, options };
}
