import "./Notices.css";

import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from "react";

import { Button, IconButton } from "./Button";

interface Notice {
  id: number;
  text: string;
  kind: "done" | "failed";
  action?: { label: string; run: () => void };
}

type Tell = (text: string, action?: Notice["action"]) => void;

interface Notices {
  tell: Tell;
  /** Shows why something did not work. */
  tellFailure: (error: unknown) => void;
}

const Context = createContext<Notices>({ tell: () => {}, tellFailure: () => {} });

export function useNotices(): Notices {
  return useContext(Context);
}

const SHOWN_FOR = 8000;

/** Short messages at the foot of the page; one with an action can be taken back there. */
export function NoticeRegion({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<Notice[]>([]);
  const next = useRef(0);

  const remove = useCallback((id: number) => setNotices((all) => all.filter((notice) => notice.id !== id)), []);
  const add = useCallback(
    (notice: Omit<Notice, "id">) => {
      const id = next.current++;
      setNotices((all) => [...all.slice(-2), { ...notice, id }]);
      window.setTimeout(() => remove(id), SHOWN_FOR);
    },
    [remove],
  );
  const value = useMemo<Notices>(
    () => ({
      tell: (text, action) => add({ text, kind: "done", ...(action ? { action } : {}) }),
      tellFailure: (error) => add({ text: error instanceof Error ? error.message : String(error), kind: "failed" }),
    }),
    [add],
  );

  return (
    <Context value={value}>
      {children}
      <div className="notices" role="status" aria-live="polite">
        {notices.map((notice) => (
          <div key={notice.id} className={`notice notice-${notice.kind}`}>
            <span>{notice.text}</span>
            {notice.action && (
              <Button
                kind="quiet"
                onClick={() => {
                  notice.action?.run();
                  remove(notice.id);
                }}
              >
                {notice.action.label}
              </Button>
            )}
            <IconButton icon="close" size={14} label="Dismiss" onClick={() => remove(notice.id)} />
          </div>
        ))}
      </div>
    </Context>
  );
}
