import { type ErrorComponentProps, Link } from "@tanstack/react-router";

import { Button } from "./Button";
import { messageOf } from "./States";

/** Stands where a page broke; the rest of the application goes on. */
export function PageError({ error, reset }: ErrorComponentProps) {
  // A chunk that is gone means that the server was updated while the page was open.
  const message = messageOf(error);
  const isStale = /dynamically imported module|Importing a module script/i.test(message);
  return (
    <div className="missing" role="alert">
      <p className="missing-code">{isStale ? "New version" : "Error"}</p>
      <h1>{isStale ? "Flowmill was updated while this page was open" : "This page could not be drawn"}</h1>
      <p className="quiet">{isStale ? "Loading it again brings the new version." : message}</p>
      <p>
        <Button kind="primary" icon="refresh" onClick={() => (isStale ? window.location.reload() : reset())}>
          {isStale ? "Load again" : "Try again"}
        </Button>{" "}
        <Link to="/experiments" className="button">
          Go to the experiments
        </Link>
      </p>
    </div>
  );
}
