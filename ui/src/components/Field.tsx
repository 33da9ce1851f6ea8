import "./Field.css";

import { type ReactNode, type Ref, useId } from "react";

import { Icon } from "./Icon";
import { IconButton } from "./Button";

/** A label over its control. */
export function Field({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <label className="field">
      <span className="field-label">{label}</span>
      {children}
      {hint && <span className="field-hint">{hint}</span>}
    </label>
  );
}

interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  placeholder?: string;
  ref?: Ref<HTMLInputElement>;
}

export function SearchField({ label, value, onChange, placeholder, ref }: SearchFieldProps) {
  return (
    <div className="search-field">
      <Icon name="search" size={15} />
      <input
        ref={ref}
        type="search"
        aria-label={label}
        placeholder={placeholder ?? label}
        value={value}
        spellCheck={false}
        data-filter
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && value && (onChange(""), event.stopPropagation())}
      />
      {value && <IconButton icon="close" size={13} label="Clear" onClick={() => onChange("")} />}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  choices: readonly { value: T; text: ReactNode; title?: string }[];
  onChange: (value: T) => void;
}

/** One of a few, all of them in sight. */
export function Choice<T extends string>({ label, value, choices, onChange }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset className="choice">
      <legend className="visually-hidden">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} title={choice.title} className={choice.value === value ? "choice-on" : undefined}>
          <input
            type="radio"
            name={name}
            aria-label={choice.title}
            checked={choice.value === value}
            onChange={() => onChange(choice.value)}
            className="visually-hidden"
          />
          {choice.text}
        </label>
      ))}
    </fieldset>
  );
}

export function Switch({ label, checked, onChange }: { label: string; checked: boolean; onChange: (on: boolean) => void }) {
  return (
    <label className="switch">
      <input type="checkbox" role="switch" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span className="switch-track" aria-hidden="true" />
      <span>{label}</span>
    </label>
  );
}
