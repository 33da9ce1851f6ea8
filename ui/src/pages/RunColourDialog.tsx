import "./RunColour.css";

import { useState } from "react";

import { useChangeRun } from "../api/runs";
import { FormDialog } from "../components/Dialog";
import { chosenColour, COLOUR_CHOICES, COLOUR_TAG, isColour } from "../lib/palette";
import { useDark } from "../lib/theme";

interface RunColourDialogProps {
  run: { id: string; name: string; tags: Record<string, string> };
  onClose: () => void;
}

const ITSELF = "";
const OTHER = "other";

/** Gives a run a colour of its own, for everybody and wherever it is drawn. */
export default function RunColourDialog({ run, onClose }: RunColourDialogProps) {
  const dark = useDark();
  const change = useChangeRun();
  const tag = run.tags[COLOUR_TAG]?.toLowerCase();
  const before = isColour(tag) ? tag : ITSELF;
  const isListed = before === ITSELF || COLOUR_CHOICES.includes(before);
  const [wish, setWish] = useState(isListed ? before : OTHER);
  const [other, setOther] = useState(isListed ? "#808080" : before);
  const submit = () => {
    const colour = wish === OTHER ? other : wish;
    if (colour === before) return Promise.resolve();
    if (colour === ITSELF) return change.mutateAsync({ do: "untag", id: run.id, key: COLOUR_TAG });
    return change.mutateAsync({ do: "tag", id: run.id, key: COLOUR_TAG, value: colour });
  };
  return (
    <FormDialog title="Colour of the run" description={run.name} submit="Set" onClose={onClose} onSubmit={submit}>
      <fieldset className="colour-choices">
        <legend className="visually-hidden">Colour</legend>
        {COLOUR_CHOICES.map((colour, at) => (
          <label key={colour} style={{ background: chosenColour({ [COLOUR_TAG]: colour }, dark) }}>
            <input type="radio" name="colour" aria-label={`Colour ${at + 1}`} checked={wish === colour} onChange={() => setWish(colour)} />
          </label>
        ))}
      </fieldset>
      <label className="colour-other">
        <input type="radio" name="colour" checked={wish === OTHER} onChange={() => setWish(OTHER)} />
        Another
        <input
          type="color"
          aria-label="Another colour"
          value={other}
          onChange={(event) => {
            setOther(event.target.value);
            setWish(OTHER);
          }}
        />
      </label>
      <label className="colour-other">
        <input type="radio" name="colour" checked={wish === ITSELF} onChange={() => setWish(ITSELF)} />
        The one that it has by itself
      </label>
    </FormDialog>
  );
}
