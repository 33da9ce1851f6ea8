export function RunMetrics() { return null; }
