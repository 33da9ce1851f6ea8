import "./Table.css";

import type { ReactNode } from "react";

/** A table in a frame that scrolls by itself. `children`: its head and its body. */
export function ScrollTable({ label, className = "", children }: { label: string; className?: string; children: ReactNode }) {
  return (
    // A region that scrolls must be reachable without a mouse.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={`table-wrap ${className}`} tabIndex={0} role="region" aria-label={label}>
      <table className="table table-rows">{children}</table>
    </div>
  );
}
