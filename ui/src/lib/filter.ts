/** A text as the filter language quotes it: a quote within is doubled, a backslash is an ordinary character. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A key as it stands in a filter or an order: in backticks when it is more than a plain word. */
export function quoteKey(group: string, key: string): string {
  if (/^[A-Za-z_][\w]*$/.test(key)) return `${group}.${key}`;
  return key.includes("`") ? `${group}."${key}"` : `${group}.\`${key}\``;
}

/** The filter for experiments that a search box means: a part of the name, or with "team=growth" a part of a tag. */
export function experimentFilter(text: string): string {
  const wanted = text.trim();
  if (wanted === "") return "";
  const tag = /^([^=\s][^=]*)=(.*)$/s.exec(wanted);
  const field = tag ? quoteKey("tags", tag[1]!.trim()) : "name";
  return `${field} ILIKE ${quoteText(`%${tag ? tag[2]!.trim() : wanted}%`)}`;
}

/** The filter with one more condition; unchanged if it ends with that one already. */
export function withClause(filter: string, clause: string): string {
  const before = filter.trim();
  if (before === "") return clause;
  if (before === clause || before.endsWith(` AND ${clause}`)) return before;
  return /\bOR\b/i.test(before) && !isOnlyConjunction(before) ? `(${before}) AND ${clause}` : `${before} AND ${clause}`;
}

/** Whether every OR of a filter stands in quotes or parentheses, so that AND may follow it. */
function isOnlyConjunction(filter: string): boolean {
  const bare = filter.replace(/'[^']*'|"[^"]*"|`[^`]*`/g, "''");
  let depth = 0;
  for (let at = 0; at < bare.length; at++) {
    if (bare[at] === "(") depth++;
    else if (bare[at] === ")") depth--;
    else if (depth === 0 && /^\bOR\b/i.test(bare.slice(at, at + 3)) && !/\w/.test(bare[at - 1] ?? " ")) return false;
  }
  return true;
}
