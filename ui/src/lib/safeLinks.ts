/** An address that may become a link: http, https or mailto. Anything else stays text. */
export function safeHref(text: string): string | null {
  if (/^#[\w-]*$/.test(text)) return null;
  try {
    const url = new URL(text);
    return ["http:", "https:", "mailto:"].includes(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

const WEB_HOSTS = /^(?:git@|ssh:\/\/git@)([\w.-]+)[:/](.+?)(?:\.git)?$/;

/** Where a commit can be looked at, when its repository is a web address or a usual git one. */
export function commitHref(repository: string | undefined, commit: string): string | null {
  if (!repository) return null;
  const ssh = WEB_HOSTS.exec(repository);
  const web = ssh ? `https://${ssh[1]}/${ssh[2]}` : repository.replace(/\.git$/, "");
  const href = safeHref(web);
  return href?.startsWith("http") ? `${href.replace(/\/$/, "")}/commit/${encodeURIComponent(commit)}` : null;
}
