import { useQuery, keepPreviousData } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useDeferredValue, useState } from "react";

import { modelMatches, modelsUsed, useRegister } from "../api/registry";
import type { KeyValue, RegisteredModel } from "../api/schema";
import { FormDialog } from "./Dialog";
import { Choice, Field } from "./Field";
import { useNotices } from "./Notices";
import { type Pick, SearchPick } from "./SearchPick";

interface RegisterDialogProps {
  /** "models:/m-…" or "runs:/<run id>/<path>" */
  source: string;
  runId: string;
  modelId: string;
  /** Of a version that is copied to another model: what it is called, and what it takes along. */
  copied?: { title: string; description: string; tags: KeyValue[] };
  onClose: () => void;
}

/** Makes a version of a registered model, an existing one or a new one. */
export default function RegisterDialog({ source, runId, modelId, copied, onClose }: RegisterDialogProps) {
  const [asked, setAsked] = useState<"existing" | "new" | null>(null);
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<string | null>(null);
  const wanted = useDeferredValue(text.trim());
  const everything = useQuery(modelMatches(""));
  const matches = useQuery({ ...modelMatches(wanted), placeholderData: keepPreviousData });
  const used = useQuery({ ...modelsUsed(runId), enabled: runId !== "" });
  const register = useRegister();
  const { tell } = useNotices();
  const navigate = useNavigate();

  const hasModels = (everything.data ?? []).length > 0;
  const mode = asked ?? (hasModels ? "existing" : "new");
  const name = mode === "existing" ? chosen : text.trim();
  const submit = async () => {
    if (!name) return;
    const made = await register.mutateAsync({ name, isNew: mode === "new", source, runId, modelId, description: copied?.description, tags: copied?.tags });
    tell(`${copied ? "Copied to" : "Registered as"} version ${made.version} of ${made.name}.`, {
      label: "Open",
      run: () => void navigate({ to: "/models/$name/versions/$version", params: { name: made.name, version: made.version } }),
    });
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
        <SearchPick
          label="Search models"
          things="Model"
          text={text}
          onText={setText}
          picks={used.isLoading || !matches.data ? undefined : picksOf(used.data ?? [], matches.data, wanted !== "")}
          chosen={chosen}
          onChoose={({ id }) => setChosen(id)}
          error={matches.error}
          onRetry={() => void matches.refetch()}
          none={`No model is called “${wanted}”.`}
        />
      )}
    </FormDialog>
  );
}

/** Models to choose among: those that the experiment used before come first, of a search those that were found. */
function picksOf(used: RegisteredModel[], matches: RegisteredModel[], isSearch: boolean): Pick[] {
  const found = new Set(matches.map(({ name }) => name));
  const first = isSearch ? used.filter(({ name }) => found.has(name)) : used;
  const before = new Set(first.map(({ name }) => name));
  return [...first, ...matches.filter(({ name }) => !before.has(name))].map(({ name, latest_versions: latest = [] }) => ({
    id: name,
    name,
    note: `becomes version ${1 + Math.max(0, ...latest.map(({ version }) => Number(version)))}${before.has(name) ? " · used here before" : ""}`,
  }));
}
