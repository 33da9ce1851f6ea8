import "./Settings.css";

import { useQuery } from "@tanstack/react-query";

import { trackingUri } from "../api/http";
import { serverInfo } from "../api/server";
import { CopyableText } from "../components/Copy";
import { Choice } from "../components/Field";
import { PageHead } from "../components/PageHead";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../lib/theme";
import { Webhooks } from "./Webhooks";

/** How the page looks in this browser, what the server is, and whom it tells of changes. */
export function SettingsPage() {
  const theme = useThemeChoice();
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
      <section className="section" aria-labelledby="settings-server">
        <h2 id="settings-server">Server</h2>
        <dl className="facts">
          <div>
            <dt>Address</dt>
            <dd>
              <CopyableText text={trackingUri()} label="Copy the address" />
            </dd>
          </div>
          {server.data && (
            <>
              <div>
                <dt>Version</dt>
                <dd>{server.data.version}</dd>
              </div>
              <div>
                <dt>Speaks</dt>
                <dd>MLflow {server.data.mlflow_version}</dd>
              </div>
              <div>
                <dt>Stores in</dt>
                <dd>{server.data.store}</dd>
              </div>
            </>
          )}
        </dl>
      </section>
      <Webhooks />
    </div>
  );
}
