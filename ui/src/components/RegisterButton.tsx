import { useState } from "react";

import type { RunModel } from "../lib/runModels";
import { Button } from "./Button";
import { RegisterDialog } from "./LazyDialogs";
import { Menu } from "./Menu";

/** Registers a model of a run; with several models it asks which one first. */
export function RegisterButton({ models, runId, primary = false }: { models: RunModel[]; runId: string; primary?: boolean }) {
  const [chosen, setChosen] = useState<RunModel | null>(null);
  const [only] = models;
  if (!only) return null;
  const kind = primary ? "primary" : "plain";
  return (
    <>
      {models.length === 1 ? (
        <Button kind={kind} icon="register" onClick={() => setChosen(only)}>
          Register model
        </Button>
      ) : (
        <Menu
          trigger={
            <Button kind={kind} icon="register">
              Register model
            </Button>
          }
          items={models.map((model) => ({
            label: models.filter((other) => other.name === model.name).length > 1 ? `${model.name} (${model.modelId})` : model.name,
            icon: "models",
            onSelect: () => setChosen(model),
          }))}
        />
      )}
      {chosen && (
        <RegisterDialog
          source={chosen.source}
          runId={runId}
          modelId={chosen.modelId}
          onClose={() => setChosen(null)}
        />
      )}
    </>
  );
}
