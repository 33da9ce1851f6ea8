import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { folder } from "../api/artifacts";
import type { FileInfo } from "../api/schema";
import { Icon } from "../components/Icon";
import { messageOf } from "../components/States";
import type { Root } from "../lib/artifactRoots";
import { fileName, joined } from "../lib/paths";
import { bytes } from "../lib/numbers";
import { stepImageTitle } from "../lib/stepImages";
import type { FilesProps } from "./Files";

interface FileTreeProps extends Pick<FilesProps, "link"> {
  root: Root;
  /** Names at the top that another root shows. */
  hidden: string[];
  /** The path that the address points at. */
  current: string;
  isModel?: boolean;
}

export function FileTree({ root, hidden, current, isModel = false, link }: FileTreeProps) {
  if (isModel) {
    return (
      <ul>
        <TreeFolder root={root} path="" name={root.name} depth={0} current={current} icon="models" link={link} />
      </ul>
    );
  }
  return (
    <ul>
      <TreeEntries root={root} path="" depth={0} hidden={hidden} current={current} link={link} />
    </ul>
  );
}

interface BranchProps extends Pick<FilesProps, "link"> {
  root: Root;
  path: string;
  depth: number;
  current: string;
}

function TreeEntries({ root, path, depth, hidden, current, link }: BranchProps & { hidden: string[] }) {
  const entries = useQuery(folder(root.place, path));
  const indent = { paddingLeft: `${depth * 0.95 + 1.8}rem` };
  if (entries.error) {
    return (
      <li className="tree-note" style={indent}>
        {messageOf(entries.error)}{" "}
        <button type="button" className="link-button" onClick={() => void entries.refetch()}>
          Retry
        </button>
      </li>
    );
  }
  if (!entries.data) {
    return (
      <li className="tree-note" style={indent}>
        <span className="skeleton-bar tree-bar" role="status" aria-label="Loading the folder" />
      </li>
    );
  }
  const shown = entries.data.filter((entry) => !hidden.includes(entry.path));
  if (shown.length === 0 && depth > 0) {
    return (
      <li className="tree-note quiet" style={indent}>
        empty
      </li>
    );
  }
  return shown.map((entry) =>
    entry.is_dir ? (
      <TreeFolder
        key={entry.path}
        root={root}
        path={entry.path}
        name={fileName(entry.path)}
        depth={depth}
        current={current}
        icon="folder"
        link={link}
      />
    ) : (
      <TreeFile key={entry.path} root={root} file={entry} depth={depth} current={current} link={link} />
    ),
  );
}

function TreeFolder({ root, path, name, depth, current, icon, link }: BranchProps & { name: string; icon: "folder" | "models" }) {
  const urlPath = joined(root.name, path);
  const leadsThrough = current === urlPath || current.startsWith(`${urlPath}/`);
  // A folder on the way to what is shown is open; what the person opened or closed since counts more.
  const [choice, setChoice] = useState<boolean | null>(null);
  const open = choice ?? leadsThrough;
  const isCurrent = current === urlPath;
  return (
    <li>
      <div className={isCurrent ? "tree-item tree-current" : "tree-item"} style={{ paddingLeft: `${depth * 0.95 + 0.3}rem` }}>
        <button
          type="button"
          className="tree-toggle"
          aria-expanded={open}
          aria-label={`${open ? "Close" : "Open"} folder ${name}`}
          onClick={() => setChoice(!open)}
        >
          <Icon name={open ? "down" : "right"} size={12} />
        </button>
        {link(
          urlPath,
          <>
            <Icon name={icon} size={15} />
            <span className="tree-name">{name}</span>
          </>,
          { className: "tree-link", "aria-current": isCurrent ? "page" : undefined },
        )}
      </div>
      {open && (
        <ul>
          <TreeEntries root={root} path={path} depth={depth + 1} hidden={[]} current={current} link={link} />
        </ul>
      )}
    </li>
  );
}

function TreeFile({ root, file, depth, current, link }: Omit<BranchProps, "path"> & { file: FileInfo }) {
  const urlPath = joined(root.name, file.path);
  const isCurrent = current === urlPath;
  return (
    <li>
      <div className={isCurrent ? "tree-item tree-current" : "tree-item"} style={{ paddingLeft: `${depth * 0.95 + 1.8}rem` }}>
        {link(
          urlPath,
          <>
            <Icon name="file" size={15} />
            <span className="tree-name" title={fileName(file.path)}>
              {stepImageTitle(fileName(file.path)) ?? fileName(file.path)}
            </span>
            {file.file_size !== undefined && <span className="tree-size">{bytes(Number(file.file_size))}</span>}
          </>,
          { className: "tree-link", "aria-current": isCurrent ? "page" : undefined },
        )}
      </div>
    </li>
  );
}
