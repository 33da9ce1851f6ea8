import "./FilterBox.css";

import { type KeyboardEvent, lazy, Suspense, useEffect, useId, useLayoutEffect, useRef, useState } from "react";

import type { FilterKeys, Suggestions } from "../lib/suggestions";
import { IconButton } from "./Button";
import { Icon } from "./Icon";
import { Popover } from "./Popover";
import { Skeleton } from "./States";

const FilterHelp = lazy(() => import("./FilterHelp"));

type Suggest = (text: string, caret: number, keys: FilterKeys) => Suggestions;
const NOTHING: Suggestions = { start: 0, end: 0, options: [] };

/** A filter that was begun elsewhere and is to be completed here; each new one takes the focus. */
export interface FilterDraft {
  text: string;
}

interface FilterBoxProps {
  value: string;
  draft?: FilterDraft | null;
  keys: FilterKeys;
  /** What the server says about the filter that was sent. */
  error: string | null;
  onSearch: (filter: string) => void;
}

/** The filter of a table of runs, in the filter language of `search_runs`. Enter always searches; Tab takes a suggestion. */
export function FilterBox({ value, draft: begun = null, keys, error, onSearch }: FilterBoxProps) {
  const [draft, setDraft] = useState(value);
  const [sent, setSent] = useState(value);
  if (sent !== value) {
    // The address changed under us: back, forward, or a link.
    setSent(value);
    setDraft(value);
  }
  const [open, setOpen] = useState(false);
  const [caret, setCaret] = useState(0);
  const [at, setAt] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  /** Where the caret goes once a suggestion stands in the filter. */
  const placed = useRef<number | null>(null);
  const id = useId();
  const begin = (text: string) => {
    setDraft(text);
    setCaret(text.length);
    // What asked for it gives its own focus back first, in this frame. Who has begun to type by then is not disturbed.
    return window.setTimeout(() => {
      if (document.activeElement === input.current) return;
      input.current?.focus();
      input.current?.setSelectionRange(text.length, text.length);
    }, 60);
  };
  useEffect(() => {
    if (!begun) return;
    setOpen(true);
    const timer = begin(begun.text);
    return () => window.clearTimeout(timer);
  }, [begun]);

  // Who only looks at runs needs no suggestions; who is about to type has them by the first letter.
  const [suggest, setSuggest] = useState<Suggest | null>(null);
  const prepare = () => void import("../lib/suggestions").then(
      (loaded) => setSuggest(() => loaded.suggest),
      // A filter can be typed without them.
      () => undefined,
    );
  const found = open && suggest ? suggest(draft, Math.min(caret, draft.length), keys) : NOTHING;
  const isOpen = found.options.length > 0;
  const search = (text: string) => {
    setOpen(false);
    onSearch(text.trim());
  };
  const take = (index: number) => {
    const option = found.options[index];
    if (!option) return;
    const next = draft.slice(0, found.start) + option.insert + draft.slice(found.end);
    const position = found.start + option.insert.length;
    setDraft(next);
    setCaret(position);
    setAt(-1);
    placed.current = position;
  };
  // Before the next key is heard: a frame later it would part what was typed meanwhile.
  useLayoutEffect(() => {
    if (placed.current === null) return;
    input.current?.focus();
    input.current?.setSelectionRange(placed.current, placed.current);
    placed.current = null;
  });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      search(draft);
    } else if (event.key === "Escape") {
      setOpen(false);
    } else if (isOpen && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const count = found.options.length;
      const next = (at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + count) % count;
      setAt(next);
      document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (isOpen && event.key === "Tab" && !event.shiftKey && (at >= 0 || found.end > found.start)) {
      event.preventDefault();
      take(Math.max(0, at));
    }
  };
  const follow = () => setCaret(input.current?.selectionStart ?? 0);

  return (
    <div className="filter-box">
      <div className="filter-line">
        <Icon name="search" size={15} />
        <input
          ref={input}
          role="combobox"
          aria-label="Filter runs"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : `${id}-error`}
          placeholder="metrics.accuracy > 0.9 AND params.solver = 'lbfgs'"
          value={draft}
          spellCheck={false}
          autoComplete="off"
          data-filter
          onFocus={prepare}
          onChange={(event) => {
            setDraft(event.target.value);
            setCaret(event.target.selectionStart ?? event.target.value.length);
            setOpen(true);
            setAt(-1);
          }}
          onKeyDown={onKeyDown}
          onKeyUp={follow}
          onClick={() => {
            follow();
            setOpen(true);
          }}
          onBlur={() => setOpen(false)}
        />
        <span className="filter-ends">
          {draft && (
            <IconButton
              icon="close"
              size={13}
              label="Clear the filter"
              onClick={() => {
                setDraft("");
                search("");
              }}
            />
          )}
          <Popover label="What a filter can say" trigger={<IconButton icon="help" size={15} label="What a filter can say" />}>
            <Suspense fallback={<Skeleton lines={6} />}>
              <FilterHelp onTake={begin} />
            </Suspense>
          </Popover>
        </span>
      </div>
      <ul id={`${id}-list`} role="listbox" aria-label="Suggestions" className="filter-list" hidden={!isOpen}>
        {found.options.map((option, index) => (
          // The input keeps the focus and handles the keys.
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
          <li
            key={option.label}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(index)}
          >
            <code>{option.label}</code>
            <span>{option.hint}</span>
          </li>
        ))}
      </ul>
      {error !== null && (
        <p className="filter-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
