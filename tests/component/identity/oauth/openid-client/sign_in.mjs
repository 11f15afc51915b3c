// Discovery, code with PKCE, userinfo, refresh, introspection, revocation.
import * as client from "openid-client";
import { discovered, done, signedIn } from "./party.mjs";

const config = await discovered();
client.enableNonRepudiationChecks(config); // signatures of ID tokens are checked with the published keys, too
const { tokens } = await signedIn(config, "openid profile offline_access");
const claims = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
const before = await client.tokenIntrospection(config, renewed.access_token);
await client.tokenRevocation(config, renewed.refresh_token, { token_type_hint: "refresh_token" });
const after = await client.tokenIntrospection(config, renewed.access_token);
const refused = await client.refreshTokenGrant(config, renewed.refresh_token).catch((error) => error.error);
done({ claims, userinfo, renewed: renewed.claims(), before, after, refused });
