import "./States.css";

import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { ApiError } from "../api/http";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";

/** The shape of what is being fetched. */
export function Skeleton({ lines = 3, height = "1rem" }: { lines?: number; height?: string }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- identical bars
        <span key={at} style={{ height, width: `${[92, 78, 85, 64, 71][at % 5]}%` }} />
      ))}
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} size={26} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What failed and how to try again; stands above whatever was shown before. */
export function Failure({ error, what, onRetry }: { error: unknown; what: string; onRetry?: () => void }) {
  return (
    <div className="failure" role="alert">
      <Icon name="warning" size={18} />
      <div className="failure-text">
        <strong>Could not {what}.</strong> <span>{messageOf(error)}</span>
      </div>
      {onRetry && (
        <Button icon="refresh" onClick={onRetry}>
          Retry
        </Button>
      )}
    </div>
  );
}

/** A page for something that is not there; says which thing. */
export function Missing({ what, id, detail }: { what: string; id: string; detail?: string | undefined }) {
  return (
    <div className="missing">
      <p className="missing-code">404</p>
      <h1>
        No {what} <code>{id}</code>
      </h1>
      <p className="quiet">{detail ?? "It may have been deleted for good, or the address was cut short."}</p>
      <p>
        <Link to="/experiments" className="button">
          Go to the experiments
        </Link>{" "}
        <Link to="/models" className="button">
          Go to the models
        </Link>
      </p>
    </div>
  );
}

/** The page of one thing that could not be read: either it does not exist, or the request failed. */
export function NotShown({ error, what, id, onRetry }: { error: unknown; what: string; id: string; onRetry: () => void }) {
  if (error instanceof ApiError && error.isMissing) return <Missing what={what} id={id} detail={error.message} />;
  return (
    <div className="page">
      <Failure error={error} what={`read the ${what} ${id}`} onRetry={onRetry} />
    </div>
  );
}
