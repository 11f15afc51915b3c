// A device without a browser; the person decides beside it.
import * as client from "openid-client";
import { ask, discovered, done } from "./party.mjs";

const config = await discovered();
const begun = await client.initiateDeviceAuthorization(config, { scope: "openid profile" });
const kind = "urn:ietf:params:oauth:grant-type:device_code";
const form = { device_code: begun.device_code };
const early = await client.genericGrantRequest(config, kind, form).catch((error) => error.error);
const decision = await ask(begun.verification_uri_complete);
const tokens = await client.pollDeviceAuthorizationGrant(config, begun);
done({ early, decision, claims: tokens.claims() });
