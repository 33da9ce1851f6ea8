/**
 * What is computed from metrics: "metrics.loss - metrics.`val/loss`". A name that is more than letters, digits, dots and
 * underscores stands in backticks; "metrics." may be left out.
 */
export interface Expression {
  /** The metrics that it needs, in the order in which it names them. */
  keys: string[];
  value: (of: (key: string) => number) => number;
}

type Value = Expression["value"];

const FUNCTIONS: Record<string, (...values: number[]) => number> = {
  abs: Math.abs,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log2: Math.log2,
  log10: Math.log10,
  min: Math.min,
  max: Math.max,
};
const TOKEN = /\s*(?:((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?:metrics\.)?`([^`]+)`|(?:metrics\.)?([A-Za-z_][\w.]*)|([-+*/^(),]))/y;
const MOST_LETTERS = 500;

/** No metric has a name that begins so: what stands behind it is computed. */
const SIGN = "=";

export function isComputed(metric: string): boolean {
  return metric.startsWith(SIGN);
}

/** An expression as a chart names it among its metrics. */
export function computedKey(text: string): string {
  return SIGN + text.trim();
}

/** A metric, or an expression, as people read it. */
export function metricTitle(metric: string): string {
  return isComputed(metric) ? metric.slice(SIGN.length).trim() : metric;
}

/** The metrics that have to be read to draw these, each once. Raises an Error where an expression is none. */
export function neededMetrics(metrics: string[]): string[] {
  return [...new Set(metrics.flatMap((metric) => (isComputed(metric) ? parseExpression(metricTitle(metric)).keys : [metric])))];
}

/** Reads an expression. Raises an Error that says where it cannot be read, and what may stand there. */
export function parseExpression(text: string): Expression {
  if (text.length > MOST_LETTERS) throw new Error(`The expression has ${text.length} letters; at most ${MOST_LETTERS} are read.`);
  const keys: string[] = [];
  let at = 0;
  let next: RegExpExecArray | null = null;
  const advance = () => {
    TOKEN.lastIndex = at;
    next = TOKEN.exec(text);
    if (!next && text.slice(at).trim() !== "") throw wrong("write numbers, metrics, + - * / ^ and parentheses");
  };
  const wrong = (what: string) => new Error(`“${text}” cannot be computed at “${text.slice(at).trim() || "its end"}”: ${what}.`);
  const mark = () => next?.[4];
  const take = () => {
    const token = next;
    at = TOKEN.lastIndex;
    advance();
    return token;
  };
  const expect = (wanted: string) => {
    if (mark() !== wanted) throw wrong(`a “${wanted}” is missing`);
    take();
  };
  const sum = (): Value => {
    let left = product();
    while (mark() === "+" || mark() === "-") {
      const sign = take()![4] === "+" ? 1 : -1;
      const [first, second] = [left, product()];
      left = (of) => first(of) + sign * second(of);
    }
    return left;
  };
  const product = (): Value => {
    let left = signed();
    while (mark() === "*" || mark() === "/") {
      const divides = take()![4] === "/";
      const [first, second] = [left, signed()];
      left = divides ? (of) => first(of) / second(of) : (of) => first(of) * second(of);
    }
    return left;
  };
  const signed = (): Value => {
    if (mark() === "-") {
      take();
      const value = signed();
      return (of) => -value(of);
    }
    const base = atom();
    if (mark() !== "^") return base;
    take();
    const power = signed();
    return (of) => base(of) ** power(of);
  };
  const atom = (): Value => {
    const [, number, quoted, plain] = next ?? [];
    if (number !== undefined) {
      const value = Number(take()![1]);
      return () => value;
    }
    if (mark() === "(") {
      take();
      const inner = sum();
      expect(")");
      return inner;
    }
    const name = quoted ?? plain;
    if (name === undefined) throw wrong("a number or a metric must stand here, such as metrics.loss or metrics.`val/loss`");
    take();
    if (plain !== undefined && mark() === "(") return call(plain);
    if (!keys.includes(name)) keys.push(name);
    return (of) => of(name);
  };
  const call = (name: string): Value => {
    const compute = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
    if (!compute) throw wrong(`there is no ${name}(); there are ${Object.keys(FUNCTIONS).join(", ")}`);
    take();
    const values = [sum()];
    while (mark() === ",") {
      take();
      values.push(sum());
    }
    expect(")");
    return (of) => compute(...values.map((value) => value(of)));
  };
  advance();
  const value = sum();
  if (next) throw wrong("an operator must stand here");
  if (keys.length === 0) throw new Error(`“${text}” names no metric: write one, such as metrics.loss or metrics.\`val/loss\`.`);
  return { keys, value };
}
