/** The packages that a requirements.txt names, each with what is asked of its version, and the version of Python. */
export function environmentOf(requirements: string, pythonEnv: string): Record<string, string> {
  const python = /^python:\s*["']?([^\s"'#]+)/m.exec(pythonEnv)?.[1];
  const found: Record<string, string> = python ? { Python: python } : {};
  for (const line of requirements.replaceAll(/\\\r?\n/g, " ").split("\n")) {
    // What stands behind two dashes are hashes and settings of the installer.
    const [, name, extras = "", rest = ""] = /^([A-Za-z0-9][\w.-]*)(\[[^\]]*\])?\s*(.*?)(\s+--.*|\s+#.*)?$/.exec(line.trim()) ?? [];
    if (name === undefined) continue;
    found[name.toLowerCase().replaceAll(/[-_.]+/g, "-") + extras] = rest.replace(/^==\s*/, "") || "any";
  }
  return found;
}
