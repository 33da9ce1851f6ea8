import { quoteKey, quoteText } from "./filter";
import type { ModelVersion, RegisteredModel } from "../api/schema";

/** The highest version number among the latest ones of each stage, or null for a model without versions. */
export function latestVersion(model: RegisteredModel): string | null {
  const versions = (model.latest_versions ?? []).map((version) => Number(version.version)).filter(Number.isFinite);
  return versions.length > 0 ? String(Math.max(...versions)) : null;
}

/** The aliases of each version. */
export function aliasesByVersion(model: RegisteredModel | undefined): Map<string, string[]> {
  const byVersion = new Map<string, string[]>();
  for (const { alias, version } of model?.aliases ?? []) {
    byVersion.set(version, [...(byVersion.get(version) ?? []), alias].sort());
  }
  return byVersion;
}

/** Why a text cannot be an alias, or null when it can. The rules are those of MLflow's registry. */
export function aliasProblem(alias: string): string | null {
  if (!/^[\w-]+$/.test(alias)) return "An alias is made of letters, digits, - and _.";
  if (alias.toLowerCase() === "latest") return "“latest” is taken: it always means the newest version.";
  if (/^v\d+$/i.test(alias)) return `“${alias}” would read as a version number.`;
  return alias.length > 255 ? "An alias has at most 255 characters." : null;
}

/** A text with an operator behind a key is a filter; any other is searched in the names. */
const FILTER = /^\s*(name|tags?\.|tag\b|version|run_id|source_path)[^=<>!]*(=|!=|\s(I?LIKE|IN|IS)\s)/i;

/** What is typed above the list of models, in the language of filters: a filter as it is, or a part of a name. */
export function modelFilter(text: string): string {
  return FILTER.test(text) ? text : `name ILIKE ${quoteText(`%${text}%`)}`;
}

/** The filter for models with a tag of this value. */
export function tagFilter(key: string, value: string): string {
  return `${quoteKey("tags", key)} = ${quoteText(value)}`;
}

/** The stages of MLflow, which aliases have taken the place of. */
export const STAGES = ["None", "Staging", "Production", "Archived"];

export function hasStage(version: ModelVersion): boolean {
  return version.current_stage !== undefined && version.current_stage !== "" && version.current_stage !== "None";
}
