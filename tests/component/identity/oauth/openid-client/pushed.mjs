// Pushed authorization requests, and a key in place of a secret.
import * as client from "openid-client";
import { discovered, done, signedIn } from "./party.mjs";

const config = await discovered();
const { address, tokens } = await signedIn(config, "openid", { build: client.buildAuthorizationUrlWithPAR });
done({ query: Object.fromEntries(address.searchParams), claims: tokens.claims() });
