import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";

import { folder, type Place, zipAddress } from "../api/artifacts";
import type { FileInfo } from "../api/schema";
import { Button } from "../components/Button";
import { CopyButton } from "../components/Copy";
import { SearchField } from "../components/Field";
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
          {entries.data.length === 1 ? "1 entry" : `${entries.data.length.toLocaleString("en-US")} entries`}
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
        <FolderList entries={entries.data} urlPath={urlPath} link={link} />
      )}
    </>
  );
}

/** From so many entries on a folder is looked through, and so many are drawn before more are asked for. */
const MANY = 30;
const SHOWN_FIRST = 500;

function FolderList({ entries, urlPath, link }: Pick<FolderViewProps, "urlPath" | "link"> & { entries: FileInfo[] }) {
  const [text, setText] = useState("");
  const [most, setMost] = useState(SHOWN_FIRST);
  const wanted = text.trim().toLowerCase();
  const found = wanted ? entries.filter((entry) => fileName(entry.path).toLowerCase().includes(wanted)) : entries;
  return (
    <>
      {entries.length > MANY && (
        <div className="folder-find">
          <SearchField label="Find in this folder" value={text} onChange={setText} />
          {wanted && (
            <span className="quiet" role="status">
              {found.length.toLocaleString("en-US")} of {entries.length.toLocaleString("en-US")}
            </span>
          )}
        </div>
      )}
      <ul className="folder-list">
        {found.slice(0, most).map((entry) => (
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
        {found.length === 0 && <li className="quiet">{wanted ? `Nothing here is called “${text.trim()}”.` : "This folder is empty."}</li>}
      </ul>
      {found.length > most && (
        <div className="table-foot">
          <Button onClick={() => setMost(most + 2 * SHOWN_FIRST)}>
            Show more of {found.length.toLocaleString("en-US")}
          </Button>
        </div>
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
