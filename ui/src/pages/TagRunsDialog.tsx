import { useId, useState } from "react";

import { useChangeRun } from "../api/runs";
import type { RunRow } from "../api/schema";
import { FormDialog } from "../components/Dialog";
import { Choice, Field } from "../components/Field";
import { useNotices } from "../components/Notices";
import { isOwnTag } from "../lib/columns";
import { counted } from "../lib/numbers";

interface TagRunsDialogProps {
  ids: string[];
  /** Rows that are loaded, to complete the names of tags that the table shows. */
  rows: RunRow[];
  onClose: () => void;
}

/** Sets one tag on all ticked runs, or takes it away from them. */
export default function TagRunsDialog({ ids, rows, onClose }: TagRunsDialogProps) {
  const [wish, setWish] = useState<"set" | "remove">("set");
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const change = useChangeRun();
  const { tell } = useNotices();
  const list = useId();
  const name = key.trim();
  const ticked = new Set(ids);
  const known = [...new Set(rows.filter((row) => ticked.has(row.run_id)).flatMap((row) => Object.keys(row.tags)))].filter(isOwnTag);
  const submit = async () => {
    if (wish === "set") await change.mutateAsync({ do: "tag all", ids, key: name, value });
    else await change.mutateAsync({ do: "untag all", ids, key: name });
    tell(wish === "set" ? `${counted(ids.length, "run")} tagged ${name}.` : `The tag ${name} was taken from ${counted(ids.length, "run")}.`);
  };
  return (
    <FormDialog
      title={`Tag ${counted(ids.length, "run")}`}
      submit={wish === "set" ? "Set tag" : "Remove tag"}
      disabled={name === ""}
      onClose={onClose}
      onSubmit={submit}
    >
      <Choice
        label="What to do"
        value={wish}
        choices={[
          { value: "set", text: "Set a tag" },
          { value: "remove", text: "Remove a tag" },
        ]}
        onChange={setWish}
      />
      <Field label="Tag name">
        <input list={known.length > 0 ? list : undefined} value={key} onChange={(event) => setKey(event.target.value)} autoFocus maxLength={250} spellCheck={false} />
      </Field>
      <datalist id={list}>
        {known.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      {wish === "set" && (
        <Field label="Tag value">
          <input value={value} onChange={(event) => setValue(event.target.value)} />
        </Field>
      )}
    </FormDialog>
  );
}
