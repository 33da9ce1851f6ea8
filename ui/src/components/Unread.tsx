/** In the place of a value that could not be read, beside others that could. */
export function Unread({ onRetry }: { onRetry: () => unknown }) {
  return (
    <span role="alert">
      could not be read{" "}
      <button type="button" className="link-button" onClick={() => void onRetry()}>
        Retry
      </button>
    </span>
  );
}
