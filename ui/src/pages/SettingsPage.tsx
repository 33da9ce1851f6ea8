import "./Settings.css";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { trackingUri } from "../api/http";
import { serverInfo } from "../api/server";
import { CopyableText } from "../components/Copy";
import { Fact } from "../components/Fact";
import { Choice } from "../components/Field";
import { PageHead } from "../components/PageHead";
import { Unread } from "../components/Unread";
import { TimeText } from "../components/Values";
import type { Zone } from "../lib/time";
import { chooseTimes, type Times, useTimes } from "../lib/times";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../lib/theme";
import { Webhooks } from "./Webhooks";

/** The only address of the page that is not this server's; nothing is fetched from it. */
const DOCUMENTATION = "https://github.com/flowmill/flowmill/tree/main/docs";

/** How the page looks in this browser, what the server is, and whom it tells of changes. */
export function SettingsPage() {
  const theme = useThemeChoice();
  const times = useTimes();
  const [opened] = useState(() => Date.now() - 60_000);
  const server = useQuery(serverInfo);
  return (
    <div className="page settings">
      <PageHead title="Settings" tabTitle="Settings" />
      <section className="section" aria-labelledby="settings-look">
        <h2 id="settings-look">Look</h2>
        <Choice<ThemeChoice>
          label="Theme"
          value={theme}
          choices={[
            { value: "system", text: "As the system" },
            { value: "light", text: "Light" },
            { value: "dark", text: "Dark" },
          ]}
          onChange={chooseTheme}
        />
      </section>
      <section className="section" aria-labelledby="settings-times">
        <h2 id="settings-times">Times</h2>
        <div className="toolbar">
          <Choice<Times["form"]>
            label="How moments are said"
            value={times.form}
            choices={[
              { value: "ago", text: "3 min ago" },
              { value: "written", text: "Date and time" },
            ]}
            onChange={(form) => chooseTimes({ ...times, form })}
          />
          <Choice<Zone>
            label="Time zone"
            value={times.zone}
            choices={[
              { value: "local", text: ownZone() },
              { value: "utc", text: "UTC" },
            ]}
            onChange={(zone) => chooseTimes({ ...times, zone })}
          />
          <span className="quiet">
            This page was opened <TimeText value={opened} />.
          </span>
        </div>
      </section>
      <section className="section" aria-labelledby="settings-server">
        <h2 id="settings-server">Server</h2>
        <dl className="facts">
          <Fact name="Address">
            <CopyableText text={trackingUri()} label="Copy the address" />
          </Fact>
          <Fact name="Documentation">
            <a href={DOCUMENTATION} target="_blank" rel="noreferrer">
              Guides and reference
            </a>
          </Fact>
          {server.error && !server.data && (
            <Fact name="Version">
              <Unread onRetry={server.refetch} />
            </Fact>
          )}
          {server.data && (
            <>
              <Fact name="Version">{server.data.version}</Fact>
              <Fact name="Speaks">MLflow {server.data.mlflow_version}</Fact>
              <Fact name="Stores in">{server.data.store}</Fact>
            </>
          )}
        </dl>
      </section>
      <Webhooks />
    </div>
  );
}

/** Such as "Europe/Paris"; a reader in UTC chooses between two names of the same. */
function ownZone(): string {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return name === "UTC" ? "This browser's" : name;
}
