import { Fragment } from "react";

/** A name that may be broken over lines behind its marks, before it is broken anywhere else. */
export function KeyText({ text }: { text: string }) {
  return text.split(/(?<=[/_.:-])/).map((part, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- a part is its place
    <Fragment key={at}>
      {at > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
