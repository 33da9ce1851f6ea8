import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useId, useState } from "react";

import { modelMatches, modelVersions, registeredModel } from "../api/registry";
import { IconButton } from "../components/Button";
import { SearchField } from "../components/Field";
import { Failure, Skeleton } from "../components/States";
import { madeVersion, type Narrowing, REGISTERED } from "../lib/narrow";
import { aliasesByVersion } from "../lib/registry";

interface VersionChoiceProps {
  narrowing: Narrowing;
  onChange: (change: Narrowing) => void;
}

const SEARCHED_FROM = 8;
const MOST_VERSIONS = 100;

/** Chooses the registered models, and of each the versions, that were made from the shown runs. */
export function VersionChoice({ narrowing, onChange }: VersionChoiceProps) {
  const { modelVersionFilter, versions = [] } = narrowing;
  const [text, setText] = useState("");
  const wanted = useDeferredValue(text.trim());
  const found = useQuery({ ...modelMatches(wanted), placeholderData: keepPreviousData });
  const name = useId();
  const choose = (next: string[]) => onChange({ versions: next.length > 0 ? next : undefined, modelVersionFilter: undefined });
  const chosen = [...new Set(versions.map((each) => madeVersion(each).name))];
  const names = [...chosen, ...(found.data ?? []).map((model) => model.name).filter((each) => !chosen.includes(each))];
  return (
    <fieldset>
      <legend>Registered as</legend>
      {[
        { value: undefined, text: "Anything or nothing" },
        { value: REGISTERED[0], text: "Any model" },
        { value: REGISTERED[1], text: "Nothing" },
      ].map((choice) => (
        <label key={choice.text}>
          <input
            type="radio"
            name={name}
            checked={versions.length === 0 && modelVersionFilter === choice.value}
            onChange={() => onChange({ modelVersionFilter: choice.value, versions: undefined })}
          />
          {choice.text}
        </label>
      ))}
      {(wanted !== "" || names.length > SEARCHED_FROM) && <SearchField label="Search registered models" value={text} onChange={setText} />}
      {found.isPending && <Skeleton lines={2} />}
      {found.error && <Failure error={found.error} what="list the registered models" onRetry={() => void found.refetch()} />}
      {names.map((each) => (
        <ModelChoice key={each} name={each} chosen={versions} onChoose={choose} />
      ))}
      {found.data?.length === 0 && wanted !== "" && <p className="quiet narrow-none">No registered model is called so.</p>}
      {found.data?.length === MOST_MODELS && <p className="quiet">Search to find others</p>}
    </fieldset>
  );
}

/** As many models as one search for them finds. */
const MOST_MODELS = 20;

interface ModelChoiceProps {
  name: string;
  chosen: string[];
  onChoose: (chosen: string[]) => void;
}

/** A model, all of it or, unfolded, some of its versions. */
function ModelChoice({ name, chosen, onChoose }: ModelChoiceProps) {
  const own = chosen.filter((each) => madeVersion(each).name === name && each !== name);
  const [isOpen, setOpen] = useState(own.length > 0);
  return (
    <>
      <div className="column-line">
        <IconButton icon={isOpen ? "down" : "right"} size={14} label={`Versions of ${name}`} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)} />
        <label>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            ref={(box) => {
              if (box) box.indeterminate = own.length > 0;
            }}
            onChange={(event) => {
              const others = chosen.filter((each) => madeVersion(each).name !== name);
              onChoose(event.target.checked ? [...others, name] : others);
            }}
          />
          <span className="column-title" data-hint={name}>
            {name}
          </span>
        </label>
      </div>
      {isOpen && <VersionsOf name={name} own={own} onChoose={(next) => onChoose([...chosen.filter((each) => madeVersion(each).name !== name), ...next])} />}
    </>
  );
}

function VersionsOf({ name, own, onChoose }: { name: string; own: string[]; onChoose: (own: string[]) => void }) {
  const versions = useQuery(modelVersions(name));
  const model = useQuery(registeredModel(name));
  const [text, setText] = useState("");
  const aliases = aliasesByVersion(model.data);
  const all = (versions.data ?? []).map(({ version }) => ({ version, id: `${name}/${version}`, aliases: (aliases.get(version) ?? []).join(", ") }));
  const found = all.filter((each) => `${each.version} ${each.aliases}`.includes(text.trim()) || own.includes(each.id));
  return (
    <div className="narrow-versions">
      {versions.isPending && <Skeleton lines={2} />}
      {versions.error && !versions.data && <Failure error={versions.error} what={`list the versions of ${name}`} onRetry={() => void versions.refetch()} />}
      {versions.data?.length === 0 && <p className="quiet narrow-none">It has no version.</p>}
      {all.length > SEARCHED_FROM && <SearchField label={`Search versions of ${name}`} placeholder="Number or alias" value={text} onChange={setText} />}
      {found.slice(0, MOST_VERSIONS).map(({ version, id, aliases: alias }) => (
        <label key={version}>
          <input
            type="checkbox"
            checked={own.includes(id)}
            onChange={(event) => onChoose(event.target.checked ? [...own, id] : own.filter((each) => each !== id))}
          />
          Version {version}
          {alias && <span className="quiet">{alias}</span>}
        </label>
      ))}
      {found.length > MOST_VERSIONS && <p className="quiet">{found.length - MOST_VERSIONS} more: search to narrow them down</p>}
    </div>
  );
}
