import "../components/ColumnPicker.css";

import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useMemo, useState } from "react";

import { Button, IconButton } from "../components/Button";
import { copyText } from "../components/Copy";
import { Icon } from "../components/Icon";
import { useNotices } from "../components/Notices";
import { arrangement, isShown, namedViews, viewsKey, withoutArrangement, withView } from "../lib/namedViews";
import { keep, useStored } from "../lib/stored";
import type { ExperimentLook } from "../lib/viewState";

/** The views of an experiment's runs that this browser keeps; the address alone shares one with others. */
export default function ViewsPanel({ experimentId, search }: { experimentId: string; search: ExperimentLook }) {
  const key = viewsKey(experimentId);
  const stored = useStored(key);
  const views = useMemo(() => namedViews(stored), [stored]);
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const { tell, tellFailure } = useNotices();
  const save = (event: FormEvent) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === "") return;
    keep(key, withView(views, { name: wanted, search: arrangement(search) }));
    setName("");
  };
  const remove = (gone: string) => {
    keep(key, views.filter((view) => view.name !== gone));
    tell(`The view ${gone} was deleted.`, { label: "Undo", run: () => keep(key, views) });
  };
  return (
    <div className="column-picker views-panel">
      {views.length > 0 && (
        <ul>
          {views.map((view) => (
            <li key={view.name}>
              <Link to="." search={(old: object) => ({ ...old, ...withoutArrangement(), ...view.search })} className="views-link">
                <span className="column-title">{view.name}</span>
                {isShown(view, search) && <Icon name="check" size={14} />}
              </Link>
              <IconButton icon="trash" size={14} label={`Delete the view ${view.name}`} onClick={() => remove(view.name)} />
            </li>
          ))}
        </ul>
      )}
      <form className="column-picker-head" onSubmit={save}>
        <input aria-label="Name of the view" placeholder="Name this view" value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" disabled={name.trim() === ""}>
          Save
        </Button>
      </form>
      <div className="column-picker-head">
        <Button kind="quiet" icon="copy" onClick={() => void copyText(window.location.href).then(() => tell("The address of this view was copied."), tellFailure)}>
          Copy link
        </Button>
        <Button kind="quiet" icon="restore" onClick={() => void navigate({ to: ".", search: (old: object) => ({ ...old, ...withoutArrangement() }) })}>
          Usual view
        </Button>
      </div>
    </div>
  );
}
