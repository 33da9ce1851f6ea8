import "../components/Table.css";
import "./details.css";

import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { experiment } from "../api/experiments";
import type { TrashItem } from "../api/schema";
import { purgePreview, trashList, useChangeTrash } from "../api/trash";
import { Button } from "../components/Button";
import { FormDialog } from "../components/LazyDialogs";
import { useNotices } from "../components/Notices";
import { PageHead } from "../components/PageHead";
import { ShowMore } from "../components/ShowMore";
import { Empty, Failure, messageOf, Skeleton } from "../components/States";
import { TickAll } from "../components/TickAll";
import { TimeText } from "../components/Values";
import { counted } from "../lib/numbers";
import { purgeSize, purgeText, TRASH_KINDS } from "../lib/trash";
import { useLastGood } from "../lib/useLastGood";

const idOf = (item: TrashItem) => `${item.kind} ${item.id}`;

/** What was deleted: to be taken back, or freed for good with its artifacts. */
export function TrashPage() {
  const list = useInfiniteQuery(trashList);
  const shown = useLastGood(list.data, "trash");
  const items = shown?.pages.flatMap((page) => page.items ?? []) ?? [];
  const names = useExperimentNames(items);
  const [ticked, setTicked] = useState<string[]>([]);
  const [freeing, setFreeing] = useState<{ items: TrashItem[] | null } | null>(null);
  const change = useChangeTrash();
  const { tell, tellFailure } = useNotices();
  const chosen = items.filter((item) => ticked.includes(idOf(item)));
  const all = items.length > 0 && chosen.length === items.length;

  const restore = async (wanted: TrashItem[]) => {
    try {
      await change.mutateAsync({ do: "restore", items: wanted });
      setTicked([]);
      tell(wanted.length === 1 ? `${wanted[0]!.name || wanted[0]!.id} is back.` : `${wanted.length} things are back.`);
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <div className="page">
      <PageHead
        title="Trash"
        tabTitle="Trash"
        actions={
          <Button kind="danger" icon="trash" disabled={items.length === 0} onClick={() => setFreeing({ items: null })}>
            Empty the trash
          </Button>
        }
      >
        <p className="quiet">What was deleted stays here until it is freed. Nothing here counts in tables or loads as a model.</p>
      </PageHead>
      <div className="section">
        {chosen.length > 0 && (
          <div className="toolbar">
            <strong role="status">{chosen.length} ticked</strong>
            <Button kind="primary" icon="restore" busy={change.isPending} onClick={() => void restore(chosen)}>
              Restore
            </Button>
            <Button icon="trash" onClick={() => setFreeing({ items: chosen })}>
              Delete for good
            </Button>
            <Button kind="quiet" onClick={() => setTicked([])}>
              Clear
            </Button>
          </div>
        )}
        {list.error && <Failure error={list.error} what="read the trash" onRetry={() => void list.refetch()} />}
        {list.isPending && !shown && <Skeleton lines={6} height="1.6rem" />}
        {shown && items.length === 0 && (
          <Empty icon="trash" title="The trash is empty">
            <p>Experiments, runs and logged models that are deleted come here first, so that a slip of the hand costs nothing.</p>
          </Empty>
        )}
        {items.length > 0 && (
          <div className="table-wrap">
            <table className="table table-rows">
              <thead>
                <tr>
                  <th scope="col" className="cell-tight">
                    <TickAll label="Tick all that are shown" all={all} some={chosen.length > 0} onChange={(tick) => setTicked(tick ? items.map(idOf) : [])} />
                  </th>
                  <th scope="col">Name</th>
                  <th scope="col" className="cell-aside">Kind</th>
                  <th scope="col">Experiment</th>
                  <th scope="col" className="cell-late">Deleted</th>
                  <th scope="col">
                    <span className="visually-hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {items.map((item) => (
                  <tr key={idOf(item)}>
                    <td className="cell-tight">
                      <input
                        type="checkbox"
                        aria-label={`Tick ${item.name || item.id}`}
                        checked={ticked.includes(idOf(item))}
                        onChange={(event) =>
                          setTicked(event.target.checked ? [...ticked, idOf(item)] : ticked.filter((each) => each !== idOf(item)))
                        }
                      />
                    </td>
                    <th scope="row" className="cell-name">
                      <ItemLink item={item} />
                      <div className="cell-below quiet">
                        {TRASH_KINDS[item.kind]}
                        <span className="cell-phone">
                          <TimeText value={item.deleted_at} />
                        </span>
                      </div>
                    </th>
                    <td className="cell-tight cell-aside">{TRASH_KINDS[item.kind]}</td>
                    <td className="cell-place">
                      <Link to="/experiments/$experimentId" params={{ experimentId: item.experiment_id }} search={{ lifecycleFilter: "Deleted" }}>
                        {names.get(item.experiment_id) ?? item.experiment_id}
                      </Link>
                      {item.moved_from && (
                        <span className="quiet">
                          {" "}
                          moved from{" "}
                          <Link to="/experiments/$experimentId" params={{ experimentId: item.moved_from }}>
                            {names.get(item.moved_from) ?? item.moved_from}
                          </Link>
                        </span>
                      )}
                    </td>
                    <td className="cell-tight cell-late">
                      <TimeText value={item.deleted_at} />
                    </td>
                    <td className="cell-tight">
                      <Button kind="quiet" icon="restore" onClick={() => void restore([item])} aria-label={`Restore ${item.name || item.id}`}>
                        Restore
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        <ShowMore list={list} />
      </div>
      {freeing && <FreeDialog items={freeing.items} onClose={() => setFreeing(null)} onDone={() => setTicked([])} />}
    </div>
  );
}

/** More experiments than this are shown by their ids. */
const MOST_NAMED = 50;

/** The names of the experiments that things were in, as far as they are known. */
function useExperimentNames(items: TrashItem[]): Map<string, string> {
  const own = items.flatMap((item): [string, string][] => (item.kind === "experiment" ? [[item.id, item.name]] : []));
  const known = new Map(own);
  const others = [...new Set(items.flatMap((item) => [item.experiment_id, ...(item.moved_from ? [item.moved_from] : [])]))].filter((id) => !known.has(id)).slice(0, MOST_NAMED);
  const answers = useQueries({ queries: others.map((id) => experiment(id)) });
  answers.forEach((answer, at) => answer.data && known.set(others[at]!, answer.data.name));
  return known;
}

function ItemLink({ item }: { item: TrashItem }) {
  const name = item.name || item.id;
  if (item.kind === "run") {
    return (
      <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId: item.experiment_id, runId: item.id }}>
        {name}
      </Link>
    );
  }
  if (item.kind === "experiment") {
    return (
      <Link to="/experiments/$experimentId" params={{ experimentId: item.id }}>
        {name}
      </Link>
    );
  }
  return <>{name}</>;
}

interface FreeDialogProps {
  items: TrashItem[] | null;
  onClose: () => void;
  onDone: () => void;
}

/** Says what would go and what would stay, before it goes: this cannot be taken back. */
function FreeDialog({ items, onClose, onDone }: FreeDialogProps) {
  const preview = useQuery(purgePreview(items));
  const change = useChangeTrash();
  const { tell } = useNotices();
  const kept = preview.data?.kept ?? [];
  const size = preview.data ? purgeSize(preview.data) : "";
  const isNothing = preview.data !== undefined && purgeText(preview.data) === "nothing";
  return (
    <FormDialog
      title={items === null ? "Empty the trash?" : `Delete ${counted(items.length, "thing")} for good?`}
      submit="Delete for good"
      danger
      disabled={!preview.data || isNothing}
      onClose={onClose}
      onSubmit={async () => {
        const report = await change.mutateAsync({ do: "purge", items });
        onDone();
        tell(report ? `Freed ${purgeText(report)}.` : "Freed.");
      }}
    >
      {preview.isPending && <Skeleton lines={2} />}
      {preview.error && (
        <p role="alert" className="dialog-error">
          {messageOf(preview.error)}
        </p>
      )}
      {preview.data && (
        <p>
          {isNothing ? "Nothing can be freed now." : <>This frees <strong>{purgeText(preview.data)}</strong>{preview.data.more ? " and more" : ""} with all artifacts{size && ` (${size})`}. It cannot be taken back.</>}
        </p>
      )}
      {kept.length > 0 && (
        <div>
          <p>These stay, because a registered version was made from them:</p>
          <ul className="plain-list">
            {kept.map((each) => (
              <li key={`${each.kind} ${each.id}`}>
                {TRASH_KINDS[each.kind]} <code>{each.id}</code>, version {each.version} of {each.model}
              </li>
            ))}
          </ul>
        </div>
      )}
    </FormDialog>
  );
}
