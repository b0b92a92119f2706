import { expect, it } from "vitest";
import { gatewaySettings, linkOptions, queueLimits } from "../../../src/cli/settings.ts";
import { parseConfig } from "../../../src/config/load.ts";
import { defaultSettings } from "../../../src/gateway/core.ts";
import { defaultLimits as queueDefaults } from "../../../src/queue/limits.ts";
import { defaultLimits as linkDefaults } from "../../../src/xmpp/stream.ts";

const text = "components: [{domain: irc.example.org, secret: s, adapter: irc}]";
const { config, components } = parseConfig(text, "isthmus.yaml", {});

// What each part was tested with is what a config without limits gives it.
it("the config's defaults are those of the parts themselves", () => {
  const [component] = components;
  if (component === undefined) throw new Error("the component is missing");
  expect(linkOptions(component, config).limits).toEqual(linkDefaults);
  expect(queueLimits(config)).toEqual(queueDefaults);
  expect(gatewaySettings(config)).toEqual(defaultSettings);
});
