import "./CompareFiles.css";
import "./StepImages.css";
import "../charts/charts.css";

import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";

import { folder } from "../api/artifacts";
import type { RunRow } from "../api/schema";
import { Icon } from "../components/Icon";
import { Empty, Failure, Skeleton } from "../components/States";
import { fileName } from "../lib/paths";
import { isModelFolder, modelFolders, placeOf, type SharedFile, sharedFiles, shownPath } from "../lib/sharedFiles";
import type { FilesSearch, ImageSearch } from "../lib/viewState";
import { SharedFileView } from "./SharedFileView";

/** The folders of more runs than this are not read at once. */
const MOST_RUNS = 20;

export type FilesLook = FilesSearch & Pick<ImageSearch, "overlay">;

interface CompareFilesProps {
  runs: RunRow[];
  colours: string[];
  search: FilesLook;
  onSearch: (change: FilesLook) => void;
}

/** The files of runs next to one another: what is text line by line, tables row by row, pictures over each other. */
export default function CompareFiles({ runs: all, colours, search, onSearch }: CompareFilesProps) {
  const runs = useMemo(() => all.slice(0, MOST_RUNS), [all]);
  const dir = search.dir ?? "";
  const places = useMemo(() => runs.map((run) => placeOf(run, dir)), [runs, dir]);
  const listed = useQueries({
    queries: places.flatMap((at) => (at ? [folder(at.place, at.path)] : [])),
    combine: (answers) => ({
      lists: answers.map((answer) => answer.data ?? []),
      isPending: answers.some((answer) => answer.isPending),
      error: answers.find((answer) => answer.error)?.error ?? null,
      refetch: () => answers.filter((answer) => answer.error).forEach((answer) => void answer.refetch()),
    }),
  });
  const files = useMemo(() => {
    let next = 0;
    const lists = places.map((at) => (at ? (listed.lists[next++] ?? []).map((file) => ({ ...file, path: at.above + file.path })) : []));
    return sharedFiles(dir === "" ? lists.map((list, at) => [...modelFolders(runs[at]!), ...list]) : lists);
  }, [places, listed.lists, dir, runs]);
  const file = files.find((each) => each.path === search.file && !each.isFolder);
  if (listed.isPending && files.length === 0) return <Skeleton lines={6} />;
  if (listed.error && files.length === 0) return <Failure error={listed.error} what="list the files" onRetry={listed.refetch} />;
  if (files.length === 0 && dir === "") return <Empty icon="folder" title="None of these runs has a file" />;
  const parts = dir === "" ? [] : dir.split("/");
  return (
    <div className="section">
      {listed.error && <Failure error={listed.error} what="list the files of every run" onRetry={listed.refetch} />}
      {all.length > runs.length && <p className="quiet">The files of the first {runs.length} runs are compared.</p>}
      <div className="shared-files">
        <nav className="card shared-list" aria-label="Files of the runs">
          {parts.length > 0 && (
            <div className="shared-crumbs">
              <button type="button" className="link-button" onClick={() => onSearch({ dir: undefined })}>
                all files
              </button>
              {parts.map((part, at) => (
                <span key={parts.slice(0, at + 1).join("/")}>
                  &nbsp;/{" "}
                  {at < parts.length - 1 ? (
                    <button type="button" className="link-button" onClick={() => onSearch({ dir: parts.slice(0, at + 1).join("/") })}>
                      {shownPath(part)}
                    </button>
                  ) : (
                    shownPath(part)
                  )}
                </span>
              ))}
            </div>
          )}
          <ul>
            {files.map((each) => (
              <li key={each.path}>
                <FileButton
                  file={each}
                  runs={runs.length}
                  isCurrent={each === file}
                  onChoose={() => onSearch(each.isFolder ? { dir: each.path } : { file: each.path })}
                />
              </li>
            ))}
          </ul>
        </nav>
        <div className="shared-view">
          {file ? (
            <SharedFileView key={file.path} file={file} runs={runs} colours={colours} search={search} onSearch={onSearch} />
          ) : (
            <Empty icon="file" title="Choose a file to compare it" />
          )}
        </div>
      </div>
    </div>
  );
}

function FileButton({ file, runs, isCurrent, onChoose }: { file: SharedFile; runs: number; isCurrent: boolean; onChoose: () => void }) {
  const name = shownPath(fileName(file.path));
  return (
    <button type="button" className="shared-file" aria-current={isCurrent} onClick={onChoose} data-hint={name.length > 24 ? name : undefined}>
      <Icon name={isModelFolder(file.path) ? "models" : file.isFolder ? "folder" : "file"} size={15} />
      <span className="shared-name">{name}</span>
      {file.differs && <span className="badge">differs</span>}
      {file.owners.length < runs && (
        <span className="shared-count">
          {file.owners.length} of {runs}
        </span>
      )}
    </button>
  );
}
