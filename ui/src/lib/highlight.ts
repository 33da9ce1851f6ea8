export type TokenKind = "plain" | "keyword" | "string" | "number" | "comment" | "key";

export interface Token {
  kind: TokenKind;
  text: string;
}

const WORDS: Record<string, string> = {
  python:
    "and as assert async await break class continue def del elif else except finally for from global if import in is lambda match nonlocal not or pass raise return try while with yield None True False",
  javascript:
    "async await break case catch class const continue default delete do else export extends finally for from function if import in instanceof let new null of return static super switch this throw true false try typeof undefined var void while yield interface type",
  shell: "if then else elif fi for in do done while case esac function return export local set",
  sql: "select from where and or not insert into values update set delete create table index join left right inner outer on group by order limit as null primary key distinct having union",
  other:
    "if else for while return break continue switch case default struct class enum fn let mut const static void int float double bool public private protected import package func type interface true false null new use pub impl match",
};

const LANGUAGES: Record<string, string> = {
  py: "python", pyi: "python", js: "javascript", mjs: "javascript", cjs: "javascript", ts: "javascript", tsx: "javascript",
  jsx: "javascript", sh: "shell", bash: "shell", zsh: "shell", sql: "sql", json: "json", geojson: "json", ipynb: "json",
  jsonl: "json", ndjson: "json", yaml: "yaml", yml: "yaml", toml: "yaml", ini: "yaml", cfg: "yaml", rs: "other", go: "other",
  java: "other", scala: "other", kt: "other", c: "other", h: "other", cc: "other", cpp: "other", hpp: "other",
};

export function languageOf(extension: string): string {
  return LANGUAGES[extension] ?? "plain";
}

const STRING = String.raw`"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?`;
const NUMBER = String.raw`\b(?:0[xX][\da-fA-F]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?)\b`;

const PATTERNS: Record<string, RegExp> = {
  python: new RegExp(`(?<comment>#[^\\n]*)|(?<string>[rbfRBF]{0,2}(?:"""[\\s\\S]*?(?:"""|$)|'''[\\s\\S]*?(?:'''|$)|${STRING}))|(?<number>${NUMBER})|(?<word>[A-Za-z_]\\w*)`, "g"),
  javascript: new RegExp(`(?<comment>//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$))|(?<string>\`(?:[^\`\\\\]|\\\\.)*\`?|${STRING})|(?<number>${NUMBER})|(?<word>[A-Za-z_$][\\w$]*)`, "g"),
  other: new RegExp(`(?<comment>//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$))|(?<string>${STRING})|(?<number>${NUMBER})|(?<word>[A-Za-z_]\\w*)`, "g"),
  shell: new RegExp(`(?<comment>#[^\\n]*)|(?<string>${STRING})|(?<number>${NUMBER})|(?<word>[A-Za-z_]\\w*)`, "g"),
  sql: new RegExp(`(?<comment>--[^\\n]*)|(?<string>${STRING})|(?<number>${NUMBER})|(?<word>[A-Za-z_]\\w*)`, "g"),
  json: new RegExp(`(?<key>"(?:[^"\\\\\\n]|\\\\.)*"(?=\\s*:))|(?<string>"(?:[^"\\\\\\n]|\\\\.)*"?)|(?<number>-?${NUMBER})|(?<keyword>\\b(?:true|false|null|NaN|Infinity)\\b)`, "g"),
  yaml: new RegExp(`(?<comment>(?<=^|\\s)#[^\\n]*)|(?<key>(?<=^|\\n|[-{,]\\s)[ \\t]*[\\w.\\-/]+(?=\\s*[:=](?:\\s|$)))|(?<string>${STRING})|(?<number>(?<=[\\s\\[,])-?${NUMBER}(?=[\\s\\],]|$))|(?<keyword>(?<=[\\s\\[,])(?:true|false|null|True|False)(?=[\\s\\],]|$))`, "g"),
};

/** Above this the text is shown plain: colour is not worth a second of waiting. */
const MOST = 200_000;

/** The text cut into coloured pieces; put together again they are the text. */
export function highlight(text: string, language: string): Token[] {
  const pattern = PATTERNS[language];
  if (!pattern || text.length > MOST) return [{ kind: "plain", text }];
  const words = new Set((WORDS[language] ?? "").split(" "));
  const tokens: Token[] = [];
  let at = 0;
  const add = (kind: TokenKind, piece: string) => {
    if (piece === "") return;
    const last = tokens[tokens.length - 1];
    if (last?.kind === kind) last.text += piece;
    else tokens.push({ kind, text: piece });
  };
  for (const match of text.matchAll(pattern)) {
    add("plain", text.slice(at, match.index));
    const groups = match.groups ?? {};
    const found = Object.keys(groups).find((name) => groups[name] !== undefined) ?? "plain";
    const isKeyword = words.has(language === "sql" ? match[0].toLowerCase() : match[0]);
    add(found === "word" ? (isKeyword ? "keyword" : "plain") : (found as TokenKind), match[0]);
    at = match.index + match[0].length;
  }
  add("plain", text.slice(at));
  return tokens;
}
