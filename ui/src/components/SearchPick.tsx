import { Field } from "./Field";
import { messageOf } from "./States";

export interface Pick {
  id: string;
  name: string;
  note?: string;
}

interface SearchPickProps {
  label: string;
  /** What is chosen among. */
  things: string;
  text: string;
  onText: (text: string) => void;
  /** undefined while they are read. */
  picks: Pick[] | undefined;
  chosen: string | null | undefined;
  onChoose: (pick: Pick) => void;
  error: Error | null;
  onRetry: () => void;
  /** What is said when nothing was found. */
  none: string;
}

/** One of many, found by a part of its name. */
export function SearchPick({ label, things, text, onText, picks, chosen, onChoose, error, onRetry, none }: SearchPickProps) {
  return (
    <>
      <Field label={label}>
        <input value={text} onChange={(event) => onText(event.target.value)} autoFocus spellCheck={false} placeholder="Search by name" />
      </Field>
      <fieldset className="pick-list">
        <legend className="visually-hidden">{things}</legend>
        {(picks ?? []).map((pick) => (
          <label key={pick.id} className="pick">
            <input type="radio" name={things} checked={chosen === pick.id} onChange={() => onChoose(pick)} />
            <span className="pick-name">{pick.name}</span>
            {pick.note && <span className="quiet">{pick.note}</span>}
          </label>
        ))}
        {error && (
          <p role="alert">
            {messageOf(error)}{" "}
            <button type="button" className="link-button" onClick={onRetry}>
              Retry
            </button>
          </p>
        )}
        {picks?.length === 0 && <p className="quiet">{none}</p>}
      </fieldset>
    </>
  );
}
