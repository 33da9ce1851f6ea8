import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";

import { experimentMatches } from "../api/experiments";
import { useMoveRuns } from "../api/moves";
import { FormDialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { useNotices } from "../components/Notices";
import { messageOf } from "../components/States";
import { counted } from "../lib/numbers";

interface MoveRunsDialogProps {
  ids: string[];
  /** Where all of them are now, if that is one experiment. */
  from: string | undefined;
  onClose: () => void;
  onMoved: () => void;
}

/** Asks for the experiment that the ticked runs go to. */
export default function MoveRunsDialog({ ids, from, onClose, onMoved }: MoveRunsDialogProps) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<{ id: string; name: string } | null>(null);
  const wanted = useDeferredValue(text.trim());
  const matches = useQuery({ ...experimentMatches(wanted), placeholderData: keepPreviousData });
  const others = (matches.data ?? []).filter((experiment) => experiment.experiment_id !== from);
  const move = useMoveRuns();
  const { tell, tellFailure } = useNotices();
  const submit = async () => {
    if (!chosen) return;
    const moves = await move.mutateAsync({ ids, experimentId: chosen.id });
    onMoved();
    tell(moves.length === 0 ? `All of them are in ${chosen.name} already.` : `${counted(moves.length, "run")} moved to ${chosen.name}.`, {
      label: "Undo",
      run: () => void move.mutateAsync({ undo: moves }).catch(tellFailure),
    });
  };
  return (
    <FormDialog
      title={`Move ${counted(ids.length, "run")}`}
      description="Runs below them go along, and the models they logged. Ids, links and files stay as they are."
      submit="Move"
      disabled={!chosen}
      onClose={onClose}
      onSubmit={submit}
    >
      <Field label="To the experiment">
        <input value={text} onChange={(event) => setText(event.target.value)} autoFocus spellCheck={false} placeholder="Search by name" />
      </Field>
      <fieldset className="pick-list">
        <legend className="visually-hidden">Experiment</legend>
        {others.map(({ experiment_id: id, name }) => (
          <label key={id} className="pick">
            <input type="radio" name="experiment" checked={chosen?.id === id} onChange={() => setChosen({ id, name })} />
            <span className="pick-name">{name}</span>
          </label>
        ))}
        {matches.error && (
          <p role="alert">
            {messageOf(matches.error)}{" "}
            <button type="button" className="link-button" onClick={() => void matches.refetch()}>
              Retry
            </button>
          </p>
        )}
        {matches.data && others.length === 0 && (
          <p className="quiet">{wanted ? `No other experiment is called “${wanted}”.` : "There is no other experiment yet."}</p>
        )}
      </fieldset>
    </FormDialog>
  );
}
