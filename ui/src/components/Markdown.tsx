import "./Markdown.css";
import "./Table.css";

import { marked, type Token, type Tokens } from "marked";
import { createElement, type ReactNode } from "react";

import { languageOf } from "../lib/highlight";
import { safeHref } from "../lib/safeLinks";
import { CodeText } from "./Snippet";

/**
 * Markdown as elements. The text is parsed into tokens and each token becomes an element here: no HTML string is
 * ever made, HTML inside the text stays text, and links lead to http, https or mailto only.
 */
export default function Markdown({ text }: { text: string }) {
  const tokens = marked.lexer(text, { gfm: true });
  return <div className="markdown">{blocks(withoutSkippedLevels(tokens))}</div>;
}

/** Headings one under the other: who moves by headings is not sent from the second level to the fifth. */
function withoutSkippedLevels(tokens: Token[]): Token[] {
  let last = 1;
  return tokens.map((token) => {
    if (token.type !== "heading") return token;
    last = Math.min((token as Tokens.Heading).depth, last + 1);
    return { ...token, depth: last };
  });
}

function blocks(tokens: Token[] | undefined): ReactNode[] {
  return (tokens ?? []).map((token, at) => <Block key={at} token={token} />); // oxlint-disable-line react/no-array-index-key
}

function Block({ token }: { token: Token }): ReactNode {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      return createElement(`h${Math.min(6, (token as Tokens.Heading).depth + 1)}`, null, inline(token.tokens));
    case "paragraph":
      return <p>{inline(token.tokens)}</p>;
    case "blockquote":
      return <blockquote>{blocks(token.tokens)}</blockquote>;
    case "hr":
      return <hr />;
    case "code": {
      const code = token as Tokens.Code;
      return (
        <pre>
          <CodeText text={code.text} language={languageOf((code.lang ?? "").replace("python", "py").replace("bash", "sh"))} />
        </pre>
      );
    }
    case "list": {
      const list = token as Tokens.List;
      const items = list.items.map((item, at) => (
        // oxlint-disable-next-line react/no-array-index-key -- an item is its place
        <li key={at}>
          {item.task && <input type="checkbox" checked={item.checked ?? false} readOnly disabled aria-label="Task" />}
          {blocks(item.tokens)}
        </li>
      ));
      return list.ordered ? <ol start={Number(list.start) || 1}>{items}</ol> : <ul>{items}</ul>;
    }
    case "table": {
      const table = token as Tokens.Table;
      return (
        <div className="table-wrap">
          <table className="table">
            <thead>
              <tr>
                {table.header.map((cell, at) => (
                  // oxlint-disable-next-line react/no-array-index-key -- a cell is its place
                  <th key={at}>{inline(cell.tokens)}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row, at) => (
                // oxlint-disable-next-line react/no-array-index-key -- a row is its place
                <tr key={at}>
                  {row.map((cell, column) => (
                    // oxlint-disable-next-line react/no-array-index-key -- a cell is its place
                    <td key={column}>{inline(cell.tokens)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      );
    }
    case "text":
      return "tokens" in token && token.tokens ? inline(token.tokens) : plain(token);
    case "html":
      return <p className="markdown-html">{token.raw}</p>;
    default:
      return inline([token]);
  }
}

function inline(tokens: Token[] | undefined): ReactNode[] {
  return (tokens ?? []).map((token, at) => <Inline key={at} token={token} />); // oxlint-disable-line react/no-array-index-key
}

function Inline({ token }: { token: Token }): ReactNode {
  switch (token.type) {
    case "strong":
      return <strong>{inline(token.tokens)}</strong>;
    case "em":
      return <em>{inline(token.tokens)}</em>;
    case "del":
      return <del>{inline(token.tokens)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link": {
      const href = safeHref((token as Tokens.Link).href);
      return href ? (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow">
          {inline(token.tokens)}
        </a>
      ) : (
        <span>{inline(token.tokens)}</span>
      );
    }
    case "image": {
      // Nothing is fetched from elsewhere: a picture on another server becomes a link to it.
      const image = token as Tokens.Image;
      const href = safeHref(image.href);
      return href ? (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow">
          {image.text || image.href}
        </a>
      ) : (
        <span>{image.text}</span>
      );
    }
    default:
      return "tokens" in token && token.tokens ? inline(token.tokens) : plain(token);
  }
}

/** What the text says, with the few entities that Markdown writers use resolved by React's own escaping. */
function plain(token: Token): string {
  return token.type === "escape" || token.type === "text" ? unescaped((token as Tokens.Text).text) : token.raw;
}

const ENTITIES: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'", "&nbsp;": " " };

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity] ?? entity);
}
