/** The cell of a run that has nothing there. */
export function NoValue() {
  return (
    <span className="quiet" aria-label="no value">
      –
    </span>
  );
}
