import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";

import { modelMatches, useRegister } from "../api/registry";
import type { KeyValue, ModelVersion } from "../api/schema";
import { FormDialog } from "./Dialog";
import { Choice, Field } from "./Field";

interface RegisterDialogProps {
  /** "models:/m-…" or "runs:/<run id>/<path>" */
  source: string;
  runId: string;
  modelId: string;
  /** Of a version that is copied to another model: what it is called, and what it takes along. */
  copied?: { title: string; description: string; tags: KeyValue[] };
  onClose: () => void;
  onDone: (version: ModelVersion) => void;
}

/** Makes a version of a registered model, an existing one or a new one. */
export default function RegisterDialog({ source, runId, modelId, copied, onClose, onDone }: RegisterDialogProps) {
  const [asked, setAsked] = useState<"existing" | "new" | null>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const wanted = useDeferredValue(text.trim());
  const everything = useQuery(modelMatches(""));
  const matches = useQuery({ ...modelMatches(wanted), placeholderData: keepPreviousData });
  const register = useRegister();

  const hasModels = (everything.data ?? []).length > 0;
  const mode = asked ?? (hasModels ? "existing" : "new");
  const name = mode === "existing" ? chosen : text.trim();
  const submit = async () => {
    if (!name) return;
    onDone(await register.mutateAsync({ name, isNew: mode === "new", source, runId, modelId, description: copied?.description, tags: copied?.tags }));
  };

  return (
    <FormDialog
      title={copied?.title ?? "Register model"}
      description={copied && "The copy is of the same files, and takes the description and the tags along. Aliases stay."}
      submit={copied ? "Copy" : "Register"}
      disabled={!name || everything.isPending} onClose={onClose} onSubmit={submit}>
      {hasModels && (
        <div>
          <Choice
            label="Where to register"
            value={mode}
            choices={[
              { value: "existing", text: "Existing model" },
              { value: "new", text: "New model" },
            ]}
            onChange={(value) => {
              setAsked(value);
              setText("");
              setChosen(null);
            }}
          />
        </div>
      )}
      {mode === "new" ? (
        <Field label="Name of the new model">
          <input value={text} onChange={(event) => setText(event.target.value)} autoFocus maxLength={250} spellCheck={false} />
        </Field>
      ) : (
        <>
          <Field label="Search models">
            <input value={text} onChange={(event) => setText(event.target.value)} autoFocus spellCheck={false} placeholder="Search by name" />
          </Field>
          <fieldset className="pick-list">
            <legend className="visually-hidden">Model</legend>
            {(matches.data ?? []).map((model) => {
              const latest = Math.max(0, ...(model.latest_versions ?? []).map((version) => Number(version.version)));
              return (
                <label key={model.name} className="pick">
                  <input type="radio" name="model" checked={chosen === model.name} onChange={() => setChosen(model.name)} />
                  <span className="pick-name">{model.name}</span>
                  <span className="quiet">becomes version {latest + 1}</span>
                </label>
              );
            })}
            {matches.data?.length === 0 && <p className="quiet">No model is called “{wanted}”.</p>}
          </fieldset>
        </>
      )}
    </FormDialog>
  );
}
