import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";

import { experimentMatches } from "../api/experiments";
import { useMoveRuns } from "../api/moves";
import { FormDialog } from "../components/Dialog";
import { useNotices } from "../components/Notices";
import { type Pick, SearchPick } from "../components/SearchPick";
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
  const [chosen, setChosen] = useState<Pick | null>(null);
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
      <SearchPick
        label="To the experiment"
        things="Experiment"
        text={text}
        onText={setText}
        picks={matches.data && others.map(({ experiment_id: id, name }) => ({ id, name }))}
        chosen={chosen?.id}
        onChoose={setChosen}
        error={matches.error}
        onRetry={() => void matches.refetch()}
        none={wanted ? `No other experiment is called “${wanted}”.` : "There is no other experiment yet."}
      />
    </FormDialog>
  );
}
