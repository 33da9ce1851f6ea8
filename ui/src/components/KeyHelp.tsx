import { Dialog } from "./Dialog";

const GROUPS: { title: string; keys: [keys: string[], what: string][] }[] = [
  {
    title: "Everywhere",
    keys: [
      [["Ctrl", "K"], "Search experiments, runs, models and actions"],
      [["/"], "Go to the filter of the page"],
      [["g", "e"], "Go to the experiments"],
      [["g", "m"], "Go to the models"],
      [["g", "t"], "Go to the trash"],
      [["?"], "Show this list"],
      [["Esc"], "Close what is open"],
    ],
  },
  {
    title: "In a table of runs",
    keys: [
      [["↑", "↓"], "Move from row to row"],
      [["Home", "End"], "First and last row"],
      [["→", "←"], "Unfold and fold a group or nested runs"],
      [["Space"], "Tick the row"],
      [["s"], "Give the run a star"],
      [["p"], "Keep the run on top"],
      [["h"], "Leave the run out of the charts"],
      [["Shift", "↑ ↓"], "Tick rows while moving"],
      [["Enter"], "Open the run"],
      [["c"], "Compare the ticked runs"],
    ],
  },
  {
    title: "On a chart",
    keys: [
      [["← ↑ ↓ →"], "On its handle: move it; on its corner: size it"],
      [["Home", "End"], "On its handle: to the start and to the end"],
      [["Enter"], "On its corner: the usual size"],
    ],
  },
  {
    title: "In the filter",
    keys: [
      [["Enter"], "Search"],
      [["↑", "↓"], "Choose a suggestion"],
      [["Tab"], "Take the suggestion"],
    ],
  },
];

export default function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <div className="dialog-body key-help">
        {GROUPS.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.keys.map(([keys, what]) => (
                <div key={what}>
                  <dt>
                    {keys.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
