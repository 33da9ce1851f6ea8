import "./Files.css";

import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, type ReactNode, useMemo } from "react";

import { folder, type Place, placeKey } from "../api/artifacts";
import type { FileInfo } from "../api/schema";
import { Empty, Failure, Skeleton } from "../components/States";
import { locate, type Root } from "../lib/artifactRoots";
import { fileName, folderOf, joined } from "../lib/files";
import { FileTree } from "./FileTree";
import { FilePreview } from "./FilePreview";
import { FolderView } from "./FolderView";

/** What a model folder needs to know to be loaded, registered and talked about. */
export interface ModelOfFolder {
  uri: string;
  runId: string;
  modelId: string;
  name: string;
}

export interface FilesProps {
  /** The folders that are shown together, the first one without a name of its own. */
  roots: Root[];
  /** Where in them the address points; "" for nowhere yet. */
  path: string;
  /** The model that a folder with an MLmodel file would be. */
  modelOf: (place: Place, path: string) => ModelOfFolder;
  link: (path: string, children: ReactNode, props: { className: string; "aria-current"?: "page" | undefined }) => ReactNode;
  /** What is said when there is no file at all. */
  empty: ReactNode;
}

/** A tree of files on the left, and what the chosen one holds on the right. */
export function Files({ roots, path, modelOf, link, empty }: FilesProps) {
  const at = useMemo(() => locate(roots, path), [roots, path]);
  const top = useQuery(folder(roots[0]!.place, ""));
  const isEmpty = roots.length === 1 && top.data?.length === 0;
  if (isEmpty) return empty;
  return (
    <div className="files">
      <nav className="card files-tree" aria-label="Files" onKeyDown={moveInTree}>
        {roots.map((root) =>
          root.name === "" ? (
            <FileTree key="own" root={root} hidden={roots.map((each) => each.name)} current={path} link={link} />
          ) : (
            <FileTree key={root.name} root={root} hidden={[]} current={path} link={link} isModel />
          ),
        )}
      </nav>
      <section className="card files-content" aria-label="Content">
        {path === "" ? (
          <Start roots={roots} link={link} />
        ) : (
          <Chosen key={path} place={at.place} path={at.path} urlPath={path} modelOf={modelOf} link={link} />
        )}
      </section>
    </div>
  );
}

function Start({ roots, link }: Pick<FilesProps, "roots" | "link">) {
  const models = roots.filter((root) => root.name !== "");
  return (
    <Empty icon="file" title="Choose a file to see it">
      {models.length > 0 && (
        <p>
          {models.map((root, at) => (
            <span key={root.name}>
              {at > 0 && ", "}
              {link(root.name, root.name, { className: "" })}
            </span>
          ))}{" "}
          {models.length === 1 ? "is a model: it has its own page with code." : "are models: they have their own pages with code."}
        </p>
      )}
    </Empty>
  );
}

interface ChosenProps extends Pick<FilesProps, "modelOf" | "link"> {
  place: Place;
  path: string;
  urlPath: string;
}

/** Whether an address names a folder or a file is only known from the folder around it. */
function Chosen({ place, path, urlPath, modelOf, link }: ChosenProps) {
  const around = useQuery({ ...folder(place, folderOf(path)), enabled: path !== "" });
  if (path === "") return <FolderView place={place} path="" urlPath={urlPath} modelOf={modelOf} link={link} />;
  if (around.error) return <Failure error={around.error} what={`read the folder of ${path}`} onRetry={() => void around.refetch()} />;
  if (!around.data) return <Skeleton lines={6} />;
  const entry = around.data.find((each) => each.path === path || fileName(each.path) === fileName(path));
  if (!entry) return <NoSuchFile path={path} />;
  if (entry.is_dir) return <FolderView place={place} path={path} urlPath={urlPath} modelOf={modelOf} link={link} />;
  return <FilePreview key={`${placeKey(place)} ${path}`} place={place} file={entry as FileInfo} urlPath={urlPath} link={link} />;
}

function NoSuchFile({ path }: { path: string }) {
  return (
    <Empty icon="file" title={`There is no file ${path}`}>
      <p>It may have been deleted, or it was never logged.</p>
    </Empty>
  );
}

/** Up and down go from line to line of the tree, right and left open and close. */
function moveInTree(event: KeyboardEvent<HTMLElement>): void {
  const { target, currentTarget, key } = event;
  if (!(target instanceof HTMLElement)) return;
  const lines = [...currentTarget.querySelectorAll<HTMLElement>(".tree-item")];
  const line = target.closest<HTMLElement>(".tree-item");
  const at = line ? lines.indexOf(line) : -1;
  if (!line || at < 0) return;
  const toggle = line.querySelector<HTMLElement>(".tree-toggle");
  if (key === "ArrowDown" || key === "ArrowUp") {
    event.preventDefault();
    lines[at + (key === "ArrowDown" ? 1 : -1)]?.querySelector<HTMLElement>("a")?.focus();
  } else if (toggle && ((key === "ArrowRight" && toggle.ariaExpanded === "false") || (key === "ArrowLeft" && toggle.ariaExpanded === "true"))) {
    event.preventDefault();
    toggle.click();
  }
}

export function crumbsOf(urlPath: string): { name: string; path: string }[] {
  const parts = urlPath.split("/");
  return parts.map((name, at) => ({ name, path: joined(...parts.slice(0, at + 1)) }));
}
