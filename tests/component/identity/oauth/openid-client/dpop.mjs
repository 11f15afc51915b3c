// Tokens bound to a key: at PAR, sign-in, userinfo and refresh; without the proof they are worth nothing.
import * as client from "openid-client";
import { discovered, done, signedIn } from "./party.mjs";

const config = await discovered();
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
const options = { DPoP };
const { tokens } = await signedIn(config, "openid profile offline_access", {
    build: client.buildAuthorizationUrlWithPAR,
    options,
});
const { sub } = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, sub, options);
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, {}, options);
const again = await client.fetchUserInfo(config, renewed.access_token, sub, options);
const introspected = await client.tokenIntrospection(config, renewed.access_token);
const unproven = await client.fetchUserInfo(config, renewed.access_token, sub).catch((error) => error.cause[0].parameters);
done({
    thumbprint: await DPoP.calculateThumbprint(),
    kinds: [tokens.token_type, renewed.token_type],
    names: [userinfo.name, again.name],
    introspected,
    unproven,
});
