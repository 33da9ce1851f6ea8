import { type FormEvent, useState } from "react";

import { aliasProblem } from "../lib/registry";
import { Button, IconButton } from "./Button";
import { Icon } from "./Icon";
import { useNotices } from "./Notices";

interface AliasesProps {
  aliases: string[];
  /** Which version has each alias of the model now. */
  takenBy: Map<string, string>;
  onAdd: (alias: string) => Promise<unknown>;
  onRemove: (alias: string) => Promise<unknown>;
}

/** The names by which a version is called; an alias of another version moves here when it is added. */
export function Aliases({ aliases, takenBy, onAdd, onRemove }: AliasesProps) {
  const [adding, setAdding] = useState(false);
  const { tell, tellFailure } = useNotices();
  const add = async (alias: string) => {
    const from = takenBy.get(alias);
    await onAdd(alias);
    setAdding(false);
    if (from) tell(`@${alias} moved here from version ${from}.`);
  };
  const remove = async (alias: string) => {
    try {
      await onRemove(alias);
      tell(`@${alias} was removed.`, { label: "Undo", run: () => void onAdd(alias).catch(tellFailure) });
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <ul className="tags">
      {aliases.map((alias) => (
        <li key={alias}>
          <span className="tag alias">
            <span className="tag-value">@{alias}</span>
            <button type="button" className="tag-remove" aria-label={`Remove alias ${alias}`} onClick={() => void remove(alias)}>
              <Icon name="close" size={11} />
            </button>
          </span>
        </li>
      ))}
      <li>
        {adding ? (
          <AliasForm takenBy={takenBy} onAdd={add} onCancel={() => setAdding(false)} />
        ) : (
          <button type="button" className="tag-add" onClick={() => setAdding(true)}>
            <Icon name="plus" size={12} /> Add alias
          </button>
        )}
      </li>
    </ul>
  );
}

interface AliasFormProps {
  takenBy: Map<string, string>;
  onAdd: (alias: string) => Promise<void>;
  onCancel: () => void;
}

function AliasForm({ takenBy, onAdd, onCancel }: AliasFormProps) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const { tellFailure } = useNotices();
  const alias = text.trim().replace(/^@/, "");
  const problem = alias === "" ? null : aliasProblem(alias);
  const from = takenBy.get(alias);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    await onAdd(alias).catch(tellFailure);
    setBusy(false);
  };
  return (
    <form className="tag-form" onSubmit={submit} onKeyDown={(event) => event.key === "Escape" && onCancel()}>
      <input aria-label="Alias" placeholder="champion" value={text} autoFocus spellCheck={false} onChange={(event) => setText(event.target.value)} />
      <Button type="submit" kind="primary" busy={busy} disabled={alias === "" || problem !== null}>
        {from ? `Move from version ${from}` : "Add"}
      </Button>
      <IconButton icon="close" label="Cancel" onClick={onCancel} />
      {problem && (
        <span className="tag-problem" role="alert">
          {problem}
        </span>
      )}
    </form>
  );
}
