import "./Dialog.css";
import "./CommandPalette.css";

import * as Radix from "@radix-ui/react-dialog";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Fragment, type KeyboardEvent, useDeferredValue, useEffect, useId, useMemo, useState } from "react";

import { experimentMatches } from "../api/experiments";
import { modelMatches } from "../api/registry";
import { runMatches } from "../api/runs";
import { chooseTheme } from "../lib/theme";
import { Icon, type IconName } from "./Icon";

interface Command {
  id: string;
  group: string;
  icon: IconName;
  text: string;
  hint?: string;
  run: () => void;
}

const SHOWN = 6;

/** Goes anywhere by name: experiments, runs, models, and what the application can do. */
export default function CommandPalette({ onClose, onShowKeys }: { onClose: () => void; onShowKeys: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const listId = useId();
  const commands = useCommands(text, onShowKeys);
  const current = Math.min(at, commands.length - 1);

  const go = (command: Command | undefined) => {
    if (!command) return;
    onClose();
    command.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && commands.length > 0) {
      event.preventDefault();
      setAt((current + step + commands.length) % commands.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      go(commands[current]);
    }
  };
  useEffect(() => {
    document.getElementById(`${listId}-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current, listId]);

  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-veil" />
        <Radix.Content className="dialog palette" aria-describedby={undefined}>
          <Radix.Title className="visually-hidden">Search everything</Radix.Title>
          <div className="palette-input">
            <Icon name="search" size={18} />
            <input
              role="combobox"
              aria-label="Search experiments, runs, models and actions"
              aria-expanded={commands.length > 0}
              aria-controls={listId}
              aria-activedescendant={commands.length > 0 ? `${listId}-${current}` : undefined}
              placeholder="Experiments, runs, models, actions…"
              value={text}
              spellCheck={false}
              autoFocus
              onChange={(event) => {
                setText(event.target.value);
                setAt(0);
              }}
              onKeyDown={onKeyDown}
            />
            <kbd>Esc</kbd>
          </div>
          <ul id={listId} role="listbox" aria-label="Results" className="palette-list">
            {commands.map((command, index) => (
              <Fragment key={command.id}>
                {commands[index - 1]?.group !== command.group && (
                  <li role="presentation" className="palette-group">
                    {command.group}
                  </li>
                )}
                {/* The input has the focus and handles the keys; the options are its list. */}
                {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events */}
                <li
                  id={`${listId}-${index}`}
                  role="option"
                  aria-selected={index === current}
                  onMouseMove={() => setAt(index)}
                  onClick={() => go(command)}
                >
                  <Icon name={command.icon} />
                  <span className="palette-text">{command.text}</span>
                  {command.hint && <span className="palette-hint">{command.hint}</span>}
                </li>
              </Fragment>
            ))}
          </ul>
          {commands.length === 0 && <p className="palette-none">Nothing is called “{text}”.</p>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function useCommands(text: string, onShowKeys: () => void): Command[] {
  const navigate = useNavigate();
  const wanted = useDeferredValue(text.trim());
  const experiments = useQuery({ ...experimentMatches(wanted), placeholderData: keepPreviousData });
  const everyExperiment = useQuery(experimentMatches(""));
  const models = useQuery({ ...modelMatches(wanted), placeholderData: keepPreviousData });
  const experimentIds = useMemo(() => (everyExperiment.data ?? []).map((each) => each.experiment_id), [everyExperiment.data]);
  const runs = useQuery({ ...runMatches(wanted, experimentIds), placeholderData: keepPreviousData });

  return useMemo(() => {
    // While an answer is on its way the last one stays, but only what fits what is typed now: Enter takes the first.
    const typed = text.trim().toLowerCase();
    const fits = (name: string) => name.toLowerCase().includes(typed);
    const actions: Command[] = [
      { id: "go-experiments", group: "Go to", icon: "experiments", text: "Experiments", run: () => void navigate({ to: "/experiments" }) },
      { id: "go-models", group: "Go to", icon: "models", text: "Models", run: () => void navigate({ to: "/models" }) },
      { id: "go-trash", group: "Go to", icon: "trash", text: "Trash", run: () => void navigate({ to: "/trash" }) },
      { id: "go-settings", group: "Go to", icon: "settings", text: "Settings and webhooks", run: () => void navigate({ to: "/settings" }) },
      { id: "light", group: "Actions", icon: "sun", text: "Light theme", run: () => chooseTheme("light") },
      { id: "dark", group: "Actions", icon: "moon", text: "Dark theme", run: () => chooseTheme("dark") },
      { id: "system", group: "Actions", icon: "screen", text: "Theme like the system", run: () => chooseTheme("system") },
      { id: "keys", group: "Actions", icon: "keyboard", text: "Keyboard shortcuts", run: onShowKeys },
    ];
    return [
      ...(experiments.data ?? []).filter((experiment) => fits(experiment.name)).slice(0, SHOWN).map(
        (experiment): Command => ({
          id: `e${experiment.experiment_id}`,
          group: "Experiments",
          icon: "experiments",
          text: experiment.name,
          run: () => void navigate({ to: "/experiments/$experimentId", params: { experimentId: experiment.experiment_id } }),
        }),
      ),
      ...(typed.length > 1 ? (runs.data ?? []).filter((run) => fits(run.run_name)) : []).slice(0, SHOWN).map(
        (run): Command => ({
          id: `r${run.run_id}`,
          group: "Runs",
          icon: "chart",
          text: run.run_name,
          hint: everyExperiment.data?.find((each) => each.experiment_id === run.experiment_id)?.name ?? "",
          run: () =>
            void navigate({
              to: "/experiments/$experimentId/runs/$runId",
              params: { experimentId: run.experiment_id, runId: run.run_id },
            }),
        }),
      ),
      ...(models.data ?? []).filter((model) => fits(model.name)).slice(0, SHOWN).map(
        (model): Command => ({
          id: `m${model.name}`,
          group: "Models",
          icon: "models",
          text: model.name,
          run: () => void navigate({ to: "/models/$name", params: { name: model.name } }),
        }),
      ),
      ...actions.filter((action) => fits(action.text)),
    ];
  }, [experiments.data, runs.data, models.data, everyExperiment.data, text, navigate, onShowKeys]);
}
