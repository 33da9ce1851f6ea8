import type { ReactNode } from "react";

import { Dialog } from "../components/Dialog";

/** A chart with the window to itself. */
export default function LargeChart({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  return (
    <Dialog title={title} size="full" onClose={onClose}>
      <div className="chart-large">{children}</div>
    </Dialog>
  );
}
