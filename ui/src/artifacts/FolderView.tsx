import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";

import { folder, type Place, zipAddress } from "../api/artifacts";
import { CopyButton } from "../components/Copy";
import { Icon } from "../components/Icon";
import { Failure, Skeleton } from "../components/States";
import { fileName, joined } from "../lib/paths";
import { bytes } from "../lib/numbers";
import { crumbsOf, type FilesProps } from "./Files";

const ModelCardView = lazy(() => import("./ModelCardView"));

interface FolderViewProps extends Pick<FilesProps, "modelOf" | "link"> {
  place: Place;
  path: string;
  urlPath: string;
}

/** A folder: the card of the model that it is, or the list of what is in it. */
export function FolderView({ place, path, urlPath, modelOf, link }: FolderViewProps) {
  const entries = useQuery(folder(place, path));
  if (entries.error) return <Failure error={entries.error} what={`read the folder ${urlPath}`} onRetry={() => void entries.refetch()} />;
  if (!entries.data) return <Skeleton lines={6} />;
  const isModel = entries.data.some((entry) => !entry.is_dir && fileName(entry.path) === "MLmodel");
  const size = entries.data.reduce((sum, entry) => sum + Number(entry.file_size ?? 0), 0);
  return (
    <>
      <header className="file-head">
        <PathCrumbs urlPath={urlPath} link={link} />
        <CopyButton text={path || urlPath} label="Copy the path" />
        <span className="quiet file-size">
          {entries.data.length} {entries.data.length === 1 ? "entry" : "entries"}
          {size > 0 && `, ${bytes(size)}`}
        </span>
        {entries.data.length > 0 && (
          <span className="file-actions">
            <a className="button" href={zipAddress(place, path)} download>
              <Icon name="download" />
              Download as zip
            </a>
          </span>
        )}
      </header>
      {isModel ? (
        <Suspense fallback={<Skeleton lines={8} />}>
          <ModelCardView place={place} path={path} model={modelOf(place, path)} />
        </Suspense>
      ) : (
        <ul className="folder-list">
          {entries.data.map((entry) => (
            <li key={entry.path}>
              {link(
                joined(urlPath, fileName(entry.path)),
                <>
                  <Icon name={entry.is_dir ? "folder" : "file"} size={15} />
                  {fileName(entry.path)}
                </>,
                { className: "folder-link" },
              )}
              {entry.file_size !== undefined && !entry.is_dir && <span className="quiet number">{bytes(Number(entry.file_size))}</span>}
            </li>
          ))}
          {entries.data.length === 0 && <li className="quiet">This folder is empty.</li>}
        </ul>
      )}
    </>
  );
}

export function PathCrumbs({ urlPath, link }: { urlPath: string; link: FilesProps["link"] }) {
  const crumbs = crumbsOf(urlPath);
  return (
    <span className="path-crumbs">
      {crumbs.map((crumb, at) => (
        <span key={crumb.path}>
          {at > 0 && <span className="quiet"> / </span>}
          {at === crumbs.length - 1 ? <strong>{crumb.name}</strong> : link(crumb.path, crumb.name, { className: "" })}
        </span>
      ))}
    </span>
  );
}
