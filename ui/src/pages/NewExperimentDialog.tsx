import { useState } from "react";

import { useChangeExperiment } from "../api/experiments";
import { FormDialog } from "../components/Dialog";
import { Field } from "../components/Field";

/** Asks how a new experiment is called and, if somebody wants to say so, where its files go. */
export default function NewExperimentDialog({ onClose, onCreated }: { onClose: () => void; onCreated: (id: string) => void }) {
  const [name, setName] = useState("");
  const [location, setLocation] = useState("");
  const change = useChangeExperiment();
  const wanted = name.trim();
  const submit = async () => {
    const { experiment_id: id } = await change.mutateAsync({ do: "create", name: wanted, location: location.trim() });
    if (id) onCreated(id);
  };
  return (
    <FormDialog title="New experiment" submit="Create" disabled={wanted === ""} onClose={onClose} onSubmit={submit}>
      <Field label="Name">
        <input value={name} onChange={(event) => setName(event.target.value)} autoFocus maxLength={500} spellCheck={false} />
      </Field>
      <Field label="Artifact location" hint="Empty: where the server keeps the files of all others.">
        <input value={location} onChange={(event) => setLocation(event.target.value)} spellCheck={false} placeholder="Optional" />
      </Field>
    </FormDialog>
  );
}
