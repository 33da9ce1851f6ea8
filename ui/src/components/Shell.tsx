import "./Shell.css";

import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef, useState } from "react";

import { serverInfo } from "../api/server";
import { keep, useStored } from "../lib/stored";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../lib/theme";
import { IconButton } from "./Button";
import { Icon, type IconName, Mark } from "./Icon";
import { Menu } from "./Menu";

const loadPalette = () => import("./CommandPalette");
const CommandPalette = lazy(loadPalette);
const KeyHelp = lazy(() => import("./KeyHelp"));

const THEMES: { value: ThemeChoice; label: string; icon: IconName }[] = [
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
  { value: "system", label: "Like the system", icon: "screen" },
];

/** Where this browser keeps that the sidebar shows its icons only. */
const NARROW = "flowmill.sidebar";
const HERE = { "aria-current": "page" as const };

/** The frame of every page: where one can go, and what the keyboard does everywhere. */
export function Shell() {
  const [over, setOver] = useState<"palette" | "keys" | null>(null);
  const isNarrow = useStored(NARROW) === true;
  useGlobalKeys(setOver);
  return (
    <div className={isNarrow ? "shell shell-narrow" : "shell"}>
      <a href="#content" className="skip-link" onClick={(event) => (event.preventDefault(), document.getElementById("content")?.focus())}>
        Skip to the content
      </a>
      <header className="sidebar">
        <Link to="/" className="brand" aria-label="Flowmill, to the experiments">
          <Mark />
          <span className="brand-name">Flowmill</span>
        </Link>
        <button type="button" className="palette-button" onPointerEnter={() => void loadPalette()} onClick={() => setOver("palette")} aria-keyshortcuts="Control+K" data-hint={isNarrow ? "Search" : undefined}>
          <Icon name="search" size={15} />
          <span>Search</span>
          <kbd aria-hidden="true">Ctrl K</kbd>
        </button>
        <nav className="sidebar-nav" aria-label="Main">
          <Link to="/experiments" activeProps={HERE} className="nav-link" data-hint={isNarrow ? "Experiments" : undefined}>
            <Icon name="experiments" size={17} />
            <span>Experiments</span>
          </Link>
          <Link to="/models" activeProps={HERE} className="nav-link" data-hint={isNarrow ? "Models" : undefined}>
            <Icon name="models" size={17} />
            <span>Models</span>
          </Link>
          <Link to="/trash" activeProps={HERE} className="nav-link" data-hint={isNarrow ? "Trash" : undefined}>
            <Icon name="trash" size={17} />
            <span>Trash</span>
          </Link>
        </nav>
        <div className="sidebar-foot">
          <ThemeMenu />
          <Link to="/settings" className="icon-button" aria-label="Settings" data-hint="Settings">
            <Icon name="settings" size={16} />
          </Link>
          <IconButton icon="keyboard" label="Keyboard shortcuts" onClick={() => setOver("keys")} />
          <IconButton
            icon={isNarrow ? "right" : "left"}
            label={isNarrow ? "Widen the sidebar" : "Narrow the sidebar"}
            className="sidebar-fold"
            onClick={() => keep(NARROW, !isNarrow)}
          />
          <Version />
        </div>
      </header>
      <main id="content" className="content" tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense>
        {over === "palette" && <CommandPalette onClose={() => setOver(null)} onShowKeys={() => setOver("keys")} />}
        {over === "keys" && <KeyHelp onClose={() => setOver(null)} />}
      </Suspense>
    </div>
  );
}

function ThemeMenu() {
  const choice = useThemeChoice();
  const icon = THEMES.find((theme) => theme.value === choice)?.icon ?? "screen";
  return (
    <Menu
      align="start"
      trigger={<IconButton icon={icon} label="Theme" />}
      items={THEMES.map(({ value, label, icon: sign }) => ({
        label,
        icon: sign,
        checked: value === choice,
        onSelect: () => chooseTheme(value),
      }))}
    />
  );
}

function Version() {
  const { data } = useQuery(serverInfo);
  if (!data) return null;
  return (
    <span className="version" title={`Flowmill ${data.version}, speaks MLflow ${data.mlflow_version}, stores in ${data.store}`}>
      {data.version}
    </span>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) && !isBox(target);
}

function isBox(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement && ["checkbox", "radio", "range", "button"].includes(target.type);
}

/** Ctrl-K anywhere; "/", "?" and "g e" while nothing is being typed and no dialog is open. */
function useGlobalKeys(show: (over: "palette" | "keys") => void) {
  const navigate = useNavigate();
  const pending = useRef("");
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // The first half of Ctrl-K: what is typed right after the second half must find the palette there.
      if (event.key === "Control" || event.key === "Meta") void loadPalette();
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        show("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("[role=dialog]")) return;
      const before = pending.current;
      pending.current = event.key;
      if (before === "g" && event.key === "e") void navigate({ to: "/experiments" });
      else if (before === "g" && event.key === "m") void navigate({ to: "/models" });
      else if (before === "g" && event.key === "t") void navigate({ to: "/trash" });
      else if (event.key === "?") show("keys");
      else if (event.key === "/") {
        event.preventDefault();
        const filter = document.querySelector<HTMLInputElement>("#content [data-filter]");
        filter?.focus();
        filter?.select();
      }
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [navigate, show]);
}
