import "./Tags.css";

import { type FormEvent, useState } from "react";

import type { KeyValue } from "../api/schema";
import { Button, IconButton } from "./Button";
import { Icon } from "./Icon";
import { useNotices } from "./Notices";

interface TagsProps {
  tags: KeyValue[];
  onSet: (key: string, value: string) => Promise<unknown>;
  onRemove: (key: string) => Promise<unknown>;
}

/** Tags that are added, changed and taken away where they stand. */
export function Tags({ tags, onSet, onRemove }: TagsProps) {
  const [editing, setEditing] = useState<string | null>(null);
  const { tell, tellFailure } = useNotices();
  const remove = async ({ key, value }: KeyValue) => {
    try {
      await onRemove(key);
      tell(`Tag ${key} was removed.`, { label: "Undo", run: () => void onSet(key, value).catch(tellFailure) });
    } catch (error) {
      tellFailure(error);
    }
  };
  const save = async (key: string, value: string) => {
    try {
      await onSet(key, value);
      setEditing(null);
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <ul className="tags">
      {tags.map((tag) => (
        <li key={tag.key}>
          {editing === tag.key ? (
            <TagForm fixedKey={tag.key} value={tag.value} onSave={save} onCancel={() => setEditing(null)} />
          ) : (
            <span className="tag">
              <button type="button" className="tag-text" onClick={() => setEditing(tag.key)} title={`${tag.key}: ${tag.value}`}>
                <span className="visually-hidden">Edit tag </span>
                <span className="tag-key">{tag.key}</span>
                {tag.value !== "" && <span className="tag-value">{tag.value}</span>}
              </button>
              <button
                type="button"
                className="tag-remove"
                aria-label={`Remove tag ${tag.key}`}
                onClick={() => void remove(tag)}
              >
                <Icon name="close" size={11} />
              </button>
            </span>
          )}
        </li>
      ))}
      <li>
        {editing === "" ? (
          <TagForm onSave={save} onCancel={() => setEditing(null)} />
        ) : (
          <button type="button" className="tag-add" onClick={() => setEditing("")}>
            <Icon name="plus" size={12} /> Add tag
          </button>
        )}
      </li>
    </ul>
  );
}

interface TagFormProps {
  fixedKey?: string;
  value?: string;
  onSave: (key: string, value: string) => Promise<void>;
  onCancel: () => void;
}

function TagForm({ fixedKey, value: initial = "", onSave, onCancel }: TagFormProps) {
  const [key, setKey] = useState(fixedKey ?? "");
  const [value, setValue] = useState(initial);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    await onSave(key.trim(), value);
    setBusy(false);
  };
  return (
    <form className="tag-form" onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && onCancel()}>
      {fixedKey === undefined ? (
        <input aria-label="Tag name" placeholder="name" value={key} autoFocus maxLength={250} onChange={(event) => setKey(event.target.value)} />
      ) : (
        <span className="tag-key">{fixedKey}</span>
      )}
      <input
        aria-label="Tag value"
        placeholder="value"
        value={value}
        autoFocus={fixedKey !== undefined}
        onChange={(event) => setValue(event.target.value)}
      />
      <Button type="submit" kind="primary" busy={busy} disabled={key.trim() === ""}>
        Save
      </Button>
      <IconButton icon="close" label="Cancel" onClick={onCancel} />
    </form>
  );
}
