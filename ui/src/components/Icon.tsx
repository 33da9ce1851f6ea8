/** Line drawings on a 24 by 24 grid. */
const PATHS = {
  experiments: "M9 3h6M10 3v6.2L4.6 18.4A1.8 1.8 0 0 0 6.2 21h11.6a1.8 1.8 0 0 0 1.6-2.6L14 9.2V3M7.4 15h9.2",
  models: "M12 2.8l8 4.5v9.4l-8 4.5-8-4.5V7.3zM4.2 7.4L12 11.8l7.8-4.4M12 11.8v9.2",
  search: "M10.8 4a6.8 6.8 0 1 0 0 13.6 6.8 6.8 0 0 0 0-13.6zM15.8 15.8L20.5 20.5",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M4.2 4.2l1.5 1.5M18.3 18.3l1.5 1.5M2.5 12h2M19.5 12h2M4.2 19.8l1.5-1.5M18.3 5.7l1.5-1.5",
  moon: "M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z",
  screen: "M3.5 5h17v11.5h-17zM9 20.5h6M12 16.5v4",
  copy: "M8.5 8.5h11v11h-11zM15.5 8.5v-4h-11v11h4",
  check: "M4.5 12.5l5 5 10-11",
  close: "M5.5 5.5l13 13M18.5 5.5l-13 13",
  right: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  up: "M5 15l7-7 7 7",
  left: "M15 5l-7 7 7 7",
  plus: "M12 5v14M5 12h14",
  trash: "M4 6.5h16M9.5 6.5v-3h5v3M6.2 6.5l.9 14h9.8l.9-14M10 10.5v6M14 10.5v6",
  pencil: "M4 20l1-4.4L16.2 4.4a1.9 1.9 0 0 1 2.7 0l.7.7a1.9 1.9 0 0 1 0 2.7L8.4 19z",
  download: "M12 3.5v11.5M7 10.5l5 5 5-5M4 20.5h16",
  folder: "M3 6.5a1.5 1.5 0 0 1 1.5-1.5h4.7l2.3 2.5h8A1.5 1.5 0 0 1 21 9v9.5a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18.5z",
  file: "M6 3h8l5 5v13H6zM13.5 3.2V8.5H19",
  columns: "M4 5h16v14H4zM9.5 5v14M14.7 5v14",
  play: "M7 4.5l12 7.5-12 7.5z",
  pause: "M8 4.5v15M16 4.5v15",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  menu: "M4 7h16M4 12h16M4 17h16",
  tag: "M3.5 3.5h8l9 9-8 8-9-9zM7.6 7.6h.01",
  alias: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM16 8v5.2a2.4 2.4 0 0 0 4.5 0V12a8.5 8.5 0 1 0-3.4 6.8",
  restore: "M4 5v5h5M4.6 9.6A8 8 0 1 1 4 13",
  chart: "M4 4v16h16M7.5 15.5l3.6-4.7 3 2.6 4.6-6.4",
  table: "M4 5h16v14H4zM4 10h16M4 14.5h16M10 10v9",
  compare: "M8 4v16M16 4v16M4.5 8H8M4.5 12H8M16 8h3.5M16 12h3.5M16 16h3.5",
  warning: "M12 3.8L2.8 19.8h18.4zM12 10v4.5M12 17.3h.01",
  keyboard: "M3 6.5h18v11H3zM6.8 10.2h.01M10.3 10.2h.01M13.8 10.2h.01M17.2 10.2h.01M7.5 14h9",
  external: "M13.5 4.5h6v6M19.5 4.5l-9 9M17.5 14v5.5h-13v-13H10",
  register: "M12 21.2l-8-4.5V7.3l8-4.5 8 4.5v4M4.2 7.4L12 11.8l7.8-4.4M12 11.8v9.2M18 14.5v6M15 17.5h6",
  settings: "M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0zM7 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0z",
  star: "M12 3.6l2.6 5.3 5.8.8-4.2 4.1 1 5.8-5.2-2.7-5.2 2.7 1-5.8-4.2-4.1 5.8-.8z",
  filter: "M4 5.5h16l-6.2 7.3v5.7l-3.6-2v-3.7z",
  group: "M4 5h16M8 10h12M8 14.5h12M4 10h.01M4 14.5h.01M8 19h12M4 19h.01",
  pin: "M9 3.5h6l-.6 6 3.1 3.5h-11l3.1-3.5zM12 13v7.5",
  drop: "M12 3.5c3.6 4.2 5.8 7.2 5.8 10.2a5.8 5.8 0 0 1-11.6 0C6.2 10.7 8.4 7.7 12 3.5z",
  help: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM9.6 9.6a2.4 2.4 0 1 1 3.6 2.1c-.8.5-1.2 1-1.2 1.9M12 16.4h.01",
  share: "M12 15V3.5M7.5 8L12 3.5 16.5 8M6 12H4.5v8.5h15V12H18",
  hidden: "M3.5 3.5l17 17M9.9 5.2A9.6 9.6 0 0 1 21.5 12a11 11 0 0 1-2.6 3.6M6.3 6.9A11 11 0 0 0 2.5 12a9.6 9.6 0 0 0 13.3 5.3M9.9 9.9a3 3 0 0 0 4.2 4.2",
  views: "M6 3.5h12v17l-6-4.2-6 4.2z",
  move: "M3.5 12h12M11 7l5 5-5 5M20 4.5v15",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2.5",
  sort: "M7.5 4.5v15M4 16l3.5 3.5L11 16M16.5 19.5v-15M13 8l3.5-3.5L20 8",
  refresh: "M20 5v5h-5M19.4 9.6A8 8 0 1 0 20 13",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  const isDots = name === "more" || name === "grip";
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={isDots ? 3 : 1.8}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** Four vanes turned by what flows through them. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" focusable="false" className="mark">
      <rect width="32" height="32" rx="8" className="mark-ground" />
      <g className="mark-vanes" strokeWidth="2.6" strokeLinecap="round">
        <path d="M16 14.2C14.8 9.6 17.4 6.4 21.6 6.2" />
        <path d="M17.8 16C22.4 14.8 25.6 17.4 25.8 21.6" />
        <path d="M16 17.8C17.2 22.4 14.6 25.6 10.4 25.8" />
        <path d="M14.2 16C9.6 17.2 6.4 14.6 6.2 10.4" />
      </g>
      <circle cx="16" cy="16" r="2" className="mark-hub" />
    </svg>
  );
}
