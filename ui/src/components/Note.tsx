import "./Dialog.css";

import { lazy, Suspense, useState } from "react";

import { Button } from "./Button";
import { messageOf, Skeleton } from "./States";

const Markdown = lazy(() => import("./Markdown"));

/** A description in Markdown, and its editor in the same place. */
export function Note({ text, label, onSave }: { text: string; label: string; onSave: (text: string) => Promise<unknown> }) {
  const [draft, setDraft] = useState<string | null>(null);
  if (draft !== null) return <NoteEditor initial={draft} label={label} onSave={onSave} onClose={() => setDraft(null)} />;
  return (
    <div className="note">
      <h2 className="visually-hidden">{label}</h2>
      {text && (
        <Suspense fallback={<Skeleton lines={2} />}>
          <Markdown text={text} />
        </Suspense>
      )}
      <div>
        <button type="button" className="tag-add" onClick={() => setDraft(text)}>
          {text ? `Edit ${label.toLowerCase()}` : `Add ${label.toLowerCase()}`}
        </button>
      </div>
    </div>
  );
}

interface NoteEditorProps {
  initial: string;
  label: string;
  onSave: (text: string) => Promise<unknown>;
  onClose: () => void;
}

function NoteEditor({ initial, label, onSave, onClose }: NoteEditorProps) {
  const [text, setText] = useState(initial);
  const [preview, setPreview] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const save = async () => {
    setBusy(true);
    try {
      await onSave(text);
      onClose();
    } catch (reason) {
      setError(messageOf(reason));
      setBusy(false);
    }
  };
  return (
    <div className="note">
      <textarea
        aria-label={label}
        value={text}
        autoFocus
        placeholder="Markdown: what was tried, and what came of it"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void save();
          if (event.key === "Escape") onClose();
        }}
      />
      {preview && (
        <div className="note-preview">
          <Suspense fallback={<Skeleton lines={2} />}>
            <Markdown text={text} />
          </Suspense>
        </div>
      )}
      {error && (
        <p className="dialog-error" role="alert">
          {error}
        </p>
      )}
      <div className="note-foot">
        <Button kind="primary" busy={busy} onClick={() => void save()}>
          Save
        </Button>
        <Button kind="quiet" onClick={onClose}>
          Cancel
        </Button>
        <Button kind="quiet" onClick={() => setPreview(!preview)} aria-pressed={preview}>
          Preview
        </Button>
      </div>
    </div>
  );
}
