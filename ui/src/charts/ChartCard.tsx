import { createContext, type DragEvent, type KeyboardEvent, lazy, type ReactNode, type Ref, Suspense, useCallback, useContext, useEffect, useMemo, useState } from "react";

import { Button, IconButton } from "../components/Button";
import { copyText } from "../components/Copy";
import { Icon } from "../components/Icon";
import { Menu, type MenuItem } from "../components/Menu";
import { useNotices } from "../components/Notices";
import { Popover } from "../components/Popover";
import { csv } from "../lib/csv";
import { fileSafe, saveFile } from "../lib/saveFile";
import type { Zoom } from "../lib/viewState";
import { type Drawing, DrawingContext, drawingPlace, type DrawingPlace } from "./drawing";
import { SizeHandle } from "./SizeHandle";
import { useChartSize } from "./useChartSize";

const LargeChart = lazy(() => import("./LargeChart"));

/** What can be done with charts where they stand among others; given by what arranges them. Each is known by its id. */
export interface ChartBoard {
  isPinned: (id: string) => boolean;
  pin: (id: string) => void;
  /** So many places further on, or to that end if there are fewer; whether that was possible. */
  shift: (id: string, by: number) => boolean;
  drop: (id: string, onto: string) => void;
  /** The titles of sections to which it can be moved, and the way there. */
  sectionsFor: (id: string) => string[];
  moveTo: (id: string, section: string) => void;
  /** Adds a chart of a metric that is set up by itself, where charts can be added. */
  copy: ((metric: string) => void) | undefined;
  /** Takes it away, where it can be brought back. */
  remove: (id: string, title: string) => void;
  /** Which chart was just added, and so is to be set up next. */
  fresh: string | undefined;
  /** Which chart has the window to itself. */
  large: string | undefined;
  enlarge: (id: string | null) => void;
  /** Which stretch of an axis a chart shows closely, and how another one is chosen; null for all of it. */
  zoomOf: (id: string) => Zoom | undefined;
  zoom: (id: string, to: Zoom | null) => void;
  /** An address that opens the page with a chart in the whole window, where there is one. */
  link: ((id: string) => string) | undefined;
}

export const ChartBoardContext = createContext<ChartBoard | null>(null);

const DRAGGED = "application/x-flowmill-chart";
const FAR = 1e6;
const NOTHING: MenuItem[] = [];

/** Whether a chart is shown in the whole window, and so is in sight wherever its card stands. */
export function useIsLarge(id: string): boolean {
  return useContext(ChartBoardContext)?.large === id;
}

/** The stretch of its axis that a chart shows closely, and how another is chosen; in the address where charts stand on a board. */
export function useZoom(id: string, axis: string): [[number, number] | undefined, (to: [number, number] | null) => void] {
  const board = useContext(ChartBoardContext);
  const [own, setOwn] = useState<Zoom>();
  const zoom = board ? board.zoomOf(id) : own;
  const [on, from, to] = zoom ?? [];
  const range = useMemo<[number, number] | undefined>(() => (on === axis && from !== undefined && to !== undefined ? [from, to] : undefined), [on, axis, from, to]);
  const change = board?.zoom;
  const choose = useCallback(
    (wanted: [number, number] | null) => {
      // Seconds since 1970 to the millisecond, steps shorter in the address.
      const [from, to] = wanted?.map((place) => Number(place.toPrecision(axis === "time" ? 13 : 6))) ?? [];
      const next: Zoom | null = from === undefined || to === undefined || from >= to ? null : [axis, from, to];
      if (change) change(id, next);
      else setOwn(next ?? undefined);
    },
    [change, id, axis],
  );
  return [range, choose];
}

interface ChartCardProps {
  id: string;
  title: string;
  /** Said after the title: what is drawn of it. */
  beside?: ReactNode;
  /** What is drawn, as the rows of a CSV file; null while there is nothing. */
  rows: (() => string[][]) | null;
  /** What else can be done with what it shows. */
  actions?: MenuItem[];
  /** How it is drawn, to be changed where it stands. */
  settings?: ReactNode;
  /** Whether it stands alone: its title is a heading then, and its settings are in sight. */
  isHeading?: boolean;
  /** What its colours mean, to be saved with its picture. */
  legend?: Pick<Drawing, "legend" | "scale">;
  /** As high as it is drawn where nobody chose otherwise, in px. */
  height: number;
  /** Whether it is rather as high as what it holds, and no lower. */
  grows?: boolean;
  ref?: Ref<HTMLElement>;
  /** Draws it at a height in px; on a page of its own it may say more. `isChosen`: somebody said that it be so high. */
  children: (height: number, isLarge: boolean, isChosen: boolean) => ReactNode;
}

/** A chart with its name and its menu. Its handle and its corner are dragged, or moved with the arrow keys. */
export function ChartCard({ id, title, beside, rows, actions = NOTHING, settings, isHeading = false, legend, height, grows = false, ref, children }: ChartCardProps) {
  const board = useContext(ChartBoardContext);
  const { size, isChosen, resizing, reset, widen, space } = useChartSize(id, title, height, grows);
  const { tell, tellFailure } = useNotices();
  const [over, setOver] = useState(false);
  const [alone, setAlone] = useState(false);
  const [drawing] = useState(drawingPlace);
  const [largeDrawing] = useState(drawingPlace);
  const isPinned = board?.isPinned(id) ?? false;
  const isLarge = board ? board.large === id : alone;
  const enlarge = (on: boolean) => (board ? board.enlarge(on ? id : null) : setAlone(on));
  const isEmpty = rows === null;
  const isFresh = board?.fresh === id;
  useEffect(() => {
    if (!isFresh) return;
    // The menu that added it gives its own focus back first.
    const timer = window.setTimeout(() => {
      const card = document.querySelector(`[data-chart="${CSS.escape(id)}"]`);
      card?.scrollIntoView({ block: "nearest" });
      const first = card?.querySelector<HTMLElement>("[data-settings]") ?? card?.querySelector<HTMLElement>(".chart-grip");
      first?.focus({ preventScroll: true });
    }, 60);
    return () => window.clearTimeout(timer);
  }, [isFresh, id]);
  const link = board?.link;

  const savers = (of: DrawingPlace): MenuItem[] => [
    { label: "Save as CSV", icon: "download", disabled: isEmpty, onSelect: () => rows && saveFile(`${fileSafe(title)}.csv`, csv(rows()), "text/csv") },
    { label: "Save as SVG", icon: "download", disabled: isEmpty, onSelect: () => void save(of, "svg").catch(tellFailure) },
    { label: "Save as PNG", icon: "download", disabled: isEmpty, onSelect: () => void save(of, "png").catch(tellFailure) },
    ...actions,
  ];
  const save = async (of: DrawingPlace, kind: "svg" | "png") => {
    const held = of.get();
    if (!held) return;
    const [{ saveAsSvg, saveAsPng }, drawn] = await Promise.all([import("./saveDrawing"), typeof held === "function" ? held() : held]);
    (kind === "svg" ? saveAsSvg : saveAsPng)(title, { ...drawn, ...legend });
  };
  const all: MenuItem[] = [
    { label: "Full screen", icon: "external", onSelect: () => enlarge(true) },
    ...(link ? [{ label: "Copy link to this chart", icon: "copy" as const, onSelect: () => void copyText(link(id)).then(() => tell(`The link to ${title} was copied.`), tellFailure) }] : []),
    ...(board?.copy && settings === undefined ? [{ label: "Set up a copy", icon: "settings" as const, onSelect: () => board.copy?.(id) }] : []),
    ...savers(drawing),
    ...(widen ? [{ label: widen.isWide ? "Narrow" : "Whole width", icon: "columns" as const, onSelect: widen.toggle }] : []),
    ...(reset ? [{ label: "Usual size", icon: "restore" as const, onSelect: reset }] : []),
    ...(board
      ? [
          { label: isPinned ? "Unpin" : "Pin to the top", icon: "pin" as const, onSelect: () => board.pin(id) },
          { label: "Move to the start", icon: "left" as const, onSelect: () => board.shift(id, -FAR) },
          { label: "Move earlier", icon: "left" as const, onSelect: () => board.shift(id, -1) },
          { label: "Move later", icon: "right" as const, onSelect: () => board.shift(id, 1) },
          { label: "Move to the end", icon: "right" as const, onSelect: () => board.shift(id, FAR) },
          ...board.sectionsFor(id).map((section) => ({ label: `Move to ${section || "Metrics"}`, icon: "folder" as const, onSelect: () => board.moveTo(id, section) })),
          { label: "Remove", icon: "close" as const, onSelect: () => board.remove(id, title) },
        ]
      : []),
  ];
  const target = board && {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer.types.includes(DRAGGED)) return;
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop: (event: DragEvent) => {
      setOver(false);
      const dragged = event.dataTransfer.getData(DRAGGED);
      if (dragged) board.drop(dragged, id);
    },
  };
  const onKey = (event: KeyboardEvent) => {
    const by: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -FAR, End: FAR };
    const step = by[event.key];
    if (step === undefined) return;
    event.preventDefault();
    board?.shift(id, step);
  };
  const settingsButton = settings !== undefined && (
    <Popover label={`Settings of the chart of ${title}`} trigger={<IconButton icon="settings" label={`Settings of the chart of ${title}`} data-settings />}>
      <div className="chart-settings">{settings}</div>
    </Popover>
  );
  return (
    <>
      <figure
        className={`card chart-card${over ? " chart-over" : ""}${isChosen ? " chart-sized" : ""}`}
        style={size.span > 1 ? { gridColumn: `span ${size.span}` } : undefined}
        data-chart={id}
        ref={ref}
        {...target}
      >
        <figcaption>
          {board && (
            <button
              type="button"
              className="chart-grip"
              aria-label={`Move the chart of ${title}: arrow keys`}
              data-hint="Drag, or move with the arrow keys"
              draggable
              onDragStart={(event) => event.dataTransfer.setData(DRAGGED, id)}
              onKeyDown={onKey}
            >
              <Icon name="grip" size={14} />
            </button>
          )}
          {isHeading ? (
            <h2 className="chart-title">{title}</h2>
          ) : (
            <span className="chart-title" data-hint={title}>
              {title}
            </span>
          )}
          {isPinned && <Icon name="pin" size={13} />}
          {beside}
          {!isHeading && settingsButton}
          <Menu trigger={<IconButton icon="more" label={`Actions for the chart of ${title}`} />} items={all} />
          {isHeading && <div className="chart-settings chart-settings-row">{settings}</div>}
        </figcaption>
        <div className="chart-space" style={{ minHeight: size.height }} ref={space}>
          <DrawingContext value={drawing}>{children(size.height, false, isChosen)}</DrawingContext>
        </div>
        {resizing && <SizeHandle title={title} {...resizing} />}
      </figure>
      {isLarge && (
        <Suspense>
          <LargeChart title={title} onClose={() => enlarge(false)}>
            <div className="chart-large-head">
              {settings !== undefined && <div className="chart-settings chart-settings-row">{settings}</div>}
              <Menu trigger={<Button icon="download">Save</Button>} items={savers(largeDrawing)} />
            </div>
            <DrawingContext value={largeDrawing}>{children(Math.round(window.innerHeight * 0.62), true, false)}</DrawingContext>
          </LargeChart>
        </Suspense>
      )}
    </>
  );
}
