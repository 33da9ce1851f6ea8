import "./Dialog.css";

import * as Radix from "@radix-ui/react-dialog";
import { type FormEvent, type ReactNode, useRef, useState } from "react";

import { Button, IconButton } from "./Button";
import { Field } from "./Field";

interface DialogProps {
  title: string;
  description?: ReactNode;
  onClose: () => void;
  size?: "usual" | "full";
  children: ReactNode;
}

/** A window over the page. It is there as long as it is rendered; `onClose` is called when the person leaves it. */
export function Dialog({ title, description, onClose, size = "usual", children }: DialogProps) {
  // Taken before anything in the dialog has the focus, to give it back afterwards.
  const [opener] = useState(() => document.activeElement);
  const content = useRef<HTMLDivElement>(null);
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="dialog-veil" />
        <Radix.Content
          className={`dialog dialog-${size}`}
          // What is only looked at has the focus itself: were its first button focused, that one's hint would lie over it.
          onOpenAutoFocus={(event) => {
            if (size !== "full" && content.current?.querySelector("form, input, select, textarea")) return;
            event.preventDefault();
            content.current?.focus();
          }}
          ref={content}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
          }}
          {...(description ? {} : { "aria-describedby": undefined })}
        >
          <header className="dialog-head">
            <Radix.Title asChild>
              <h2>{title}</h2>
            </Radix.Title>
            <Radix.Close asChild>
              <IconButton icon="close" label="Close" />
            </Radix.Close>
          </header>
          {description && (
            <Radix.Description asChild>
              <div className="dialog-description">{description}</div>
            </Radix.Description>
          )}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface FormDialogProps {
  title: string;
  description?: ReactNode;
  submit: string;
  danger?: boolean;
  disabled?: boolean;
  onClose: () => void;
  /** Does the work; what it throws is shown in the dialog, which stays open. */
  onSubmit: () => Promise<unknown>;
  children?: ReactNode;
}

export function FormDialog({ title, description, submit, danger = false, disabled = false, onClose, onSubmit, children }: FormDialogProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const send = async (event: FormEvent) => {
    event.preventDefault();
    event.stopPropagation();
    setBusy(true);
    setError("");
    try {
      await onSubmit();
      onClose();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} description={description} onClose={onClose}>
      <form onSubmit={send}>
        {children && <div className="dialog-body">{children}</div>}
        {error && (
          <p className="dialog-error" role="alert">
            {error}
          </p>
        )}
        <footer className="dialog-foot">
          <Button kind="quiet" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" kind={danger ? "danger" : "primary"} busy={busy} disabled={disabled}>
            {submit}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

interface NameDialogProps {
  title: string;
  label: string;
  submit: string;
  initial?: string;
  onClose: () => void;
  onSubmit: (name: string) => Promise<unknown>;
}

/** Asks for one name, to create or to rename something. */
export function NameDialog({ title, label, submit, initial = "", onClose, onSubmit }: NameDialogProps) {
  const [name, setName] = useState(initial);
  const wanted = name.trim();
  return (
    <FormDialog title={title} submit={submit} disabled={wanted === "" || wanted === initial} onClose={onClose} onSubmit={() => onSubmit(wanted)}>
      <Field label={label}>
        <input value={name} onChange={(event) => setName(event.target.value)} autoFocus maxLength={500} spellCheck={false} />
      </Field>
    </FormDialog>
  );
}
