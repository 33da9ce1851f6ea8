import "./Values.css";

/** The state of a logged model or of a version: "LOGGED_MODEL_READY" and "READY" are both Ready. */
export function ModelStatusText({ status }: { status: string | undefined }) {
  const word = (status ?? "").replace(/^LOGGED_MODEL_/, "").replace(/_REGISTRATION$/, "");
  const kind = word === "READY" ? "finished" : word.includes("FAILED") ? "failed" : "running";
  const shown = word === "" || word === "UNSPECIFIED" ? "Unknown" : word[0] + word.slice(1).toLowerCase().replaceAll("_", " ");
  return (
    <span className={`status status-${kind}`}>
      <i aria-hidden="true" />
      {shown}
    </span>
  );
}
