import "./PageHead.css";

import { Fragment, type ReactNode, useEffect } from "react";

import { Icon } from "./Icon";

interface PageHeadProps {
  /** Links to what this page lies in, outermost first. */
  crumbs?: ReactNode[];
  title: ReactNode;
  /** What the browser's tab and history say. */
  tabTitle: string;
  /** Beside the title: a status, a badge. */
  beside?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
}

export function PageHead({ crumbs = [], title, tabTitle, beside, actions, children }: PageHeadProps) {
  useEffect(() => {
    document.title = `${tabTitle} · Flowmill`;
  }, [tabTitle]);
  return (
    <header className="page-head">
      {crumbs.length > 0 && (
        <nav className="crumbs" aria-label="Breadcrumbs">
          {crumbs.map((crumb, at) => (
            // oxlint-disable-next-line react/no-array-index-key -- a crumb is its place
            <Fragment key={at}>
              {at > 0 && <Icon name="right" size={11} />}
              {crumb}
            </Fragment>
          ))}
        </nav>
      )}
      <div className="page-title">
        <h1>{title}</h1>
        {beside}
        {actions && <div className="page-actions">{actions}</div>}
      </div>
      {children}
    </header>
  );
}
