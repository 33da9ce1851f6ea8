import "../components/ColumnPicker.css";

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, type ReactNode, useMemo, useState } from "react";

import { experiment as experimentQuery, useChangeExperiment } from "../api/experiments";
import { Button, IconButton } from "../components/Button";
import { copyText } from "../components/Copy";
import { Switch } from "../components/Field";
import { Icon } from "../components/Icon";
import { useNotices } from "../components/Notices";
import { arrangement, DEFAULT_VIEW_TAG, defaultView, isShown, type NamedView, namedViews, sharedViews, VIEW_TAG, viewsKey, withoutArrangement, withView } from "../lib/namedViews";
import { keep, useStored } from "../lib/stored";
import type { ExperimentLook } from "../lib/viewState";

interface ViewsPanelProps {
  experimentIds: string[];
  search: ExperimentLook;
}

/** It opens the view as it then is, whatever is changed in it until then. */
function linkTo(view: string): string {
  const { href, hash } = window.location;
  return `${href.slice(0, href.length - hash.length)}${hash.split("?")[0]}?view=${encodeURIComponent(view)}`;
}

const NO_TAGS: { key: string; value: string }[] = [];

/** The named views of an experiment's runs: those that everybody sees, and those of this browser. */
export default function ViewsPanel({ experimentIds, search }: ViewsPanelProps) {
  const key = viewsKey(experimentIds.join("+"));
  const stored = useStored(key);
  const own = useMemo(() => namedViews(stored), [stored]);
  // What several experiments share is kept nowhere.
  const id = experimentIds.length === 1 ? experimentIds[0]! : null;
  const experiment = useQuery({ ...experimentQuery(id ?? ""), enabled: id !== null });
  const tags = experiment.data?.tags ?? NO_TAGS;
  const shared = useMemo(() => sharedViews(tags), [tags]);
  const first = defaultView(tags)?.name;
  const change = useChangeExperiment();
  const [name, setName] = useState("");
  const [isForAll, setForAll] = useState(false);
  const navigate = useNavigate();
  const { tell, tellFailure } = useNotices();

  const tag = (each: string, value: string) => change.mutateAsync({ do: "tag", id: id ?? "", key: each, value });
  const untag = (each: string) => change.mutateAsync({ do: "untag", id: id ?? "", key: each });
  const share = (view: NamedView) => tag(VIEW_TAG + view.name, JSON.stringify(view.search)).catch(tellFailure);
  const save = (event: FormEvent) => {
    event.preventDefault();
    const view = { name: name.trim(), search: arrangement(search) };
    if (view.name === "") return;
    if (isForAll) void share(view);
    else keep(key, withView(own, view));
    setName("");
  };
  const removeOwn = (gone: string) => {
    keep(key, own.filter((view) => view.name !== gone));
    tell(`The view ${gone} was deleted.`, { label: "Undo", run: () => keep(key, own) });
  };
  const removeShared = (gone: NamedView) =>
    untag(VIEW_TAG + gone.name).then(
      () => tell(`The view ${gone.name} was deleted for everybody.`, { label: "Undo", run: () => void share(gone) }),
      tellFailure,
    );
  const openWith = (view: string) => (first === view ? untag(DEFAULT_VIEW_TAG) : tag(DEFAULT_VIEW_TAG, view)).catch(tellFailure);
  const line = (view: NamedView, buttons: ReactNode) => (
    <li key={view.name}>
      <Link to="." search={(old: object) => ({ ...old, ...withoutArrangement(), ...view.search })} className="views-link">
        <span className="column-title">{view.name}</span>
        {isShown(view, search) && <Icon name="check" size={14} />}
      </Link>
      {buttons}
    </li>
  );
  return (
    <div className="column-picker views-panel">
      {shared.length > 0 && (
        <section aria-label="Views for everybody">
          <h2>For everybody</h2>
          <ul>
            {shared.map((view) =>
              line(
                view,
                <>
                  <IconButton icon="copy" size={14} label={`Copy the link to ${view.name}`} onClick={() => void copyText(linkTo(view.name)).then(() => tell(`The link to ${view.name} was copied.`), tellFailure)} />
                  <IconButton
                    icon="pin"
                    size={14}
                    label={`Open the experiment with ${view.name}`}
                    aria-pressed={first === view.name}
                    onClick={() => void openWith(view.name)}
                  />
                  <IconButton icon="trash" size={14} label={`Delete the view ${view.name}`} onClick={() => void removeShared(view)} />
                </>,
              ),
            )}
          </ul>
        </section>
      )}
      {own.length > 0 && (
        <section aria-label="Views of this browser">
          {id !== null && <h2>In this browser</h2>}
          <ul>
            {own.map((view) =>
              line(
                view,
                <>
                  {id !== null && <IconButton icon="share" size={14} label={`Give ${view.name} to everybody`} onClick={() => void share(view)} />}
                  <IconButton icon="trash" size={14} label={`Delete the view ${view.name}`} onClick={() => removeOwn(view.name)} />
                </>,
              ),
            )}
          </ul>
        </section>
      )}
      <form onSubmit={save}>
        <div className="column-picker-head">
          <input aria-label="Name of the view" placeholder="Name this view" value={name} maxLength={100} onChange={(event) => setName(event.target.value)} />
          <Button type="submit" disabled={name.trim() === ""}>
            Save
          </Button>
        </div>
        {id !== null && name.trim() !== "" && <Switch label="For everybody" checked={isForAll} onChange={setForAll} />}
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
