import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { modelVersions, useChangeRegistry } from "../api/registry";
import type { ModelVersion } from "../api/schema";
import { Button } from "../components/Button";
import { Switch } from "../components/Field";
import { FormDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { useNotices } from "../components/Notices";
import { hasStage, STAGES } from "../lib/registry";

/** The stage of a version, for those whose code still asks for one; another is chosen from a menu. */
export function VersionStage({ version }: { version: ModelVersion }) {
  const [wanted, setWanted] = useState<string | null>(null);
  const stage = hasStage(version) ? version.current_stage : "None";
  return (
    <>
      <Menu
        align="start"
        trigger={
          <Button kind="quiet" icon="down" className="stage-button" aria-label={`Stage ${stage}: change it`}>
            {stage}
          </Button>
        }
        items={STAGES.map((each) => ({ label: each, checked: each === stage, disabled: each === stage, onSelect: () => setWanted(each) }))}
      />{" "}
      <span className="quiet">deprecated: aliases have taken its place</span>
      {wanted && <StageDialog version={version} stage={wanted} onClose={() => setWanted(null)} />}
    </>
  );
}

function StageDialog({ version: { name, version }, stage, onClose }: { version: ModelVersion; stage: string; onClose: () => void }) {
  const versions = useQuery(modelVersions(name));
  const others = (versions.data ?? []).filter((each) => each.current_stage === stage && each.version !== version).map((each) => each.version);
  const canArchive = (stage === "Staging" || stage === "Production") && others.length > 0;
  const [archive, setArchive] = useState(true);
  const change = useChangeRegistry();
  const { tell } = useNotices();
  return (
    <FormDialog
      title={`Move version ${version} of ${name} to ${stage}?`}
      description={`Code that loads models:/${name}/${stage} gets the newest version there.`}
      submit="Move"
      disabled={versions.isPending}
      onClose={onClose}
      onSubmit={async () => {
        await change.mutateAsync({ do: "stage", name, version, stage, archive: canArchive && archive });
        tell(`Version ${version} is in the stage ${stage}.`);
      }}
    >
      {canArchive && (
        <Switch label={`Archive ${others.length === 1 ? "version" : "versions"} ${others.join(", ")}, now in ${stage}`} checked={archive} onChange={setArchive} />
      )}
    </FormDialog>
  );
}
