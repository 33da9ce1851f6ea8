export function RunArtifacts() { return null; }
