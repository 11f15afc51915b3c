// Sign-out that the relying party begins.
import * as client from "openid-client";
import { ask, discovered, done, more, signedIn } from "./party.mjs";

const config = await discovered();
const { tokens } = await signedIn(config, "openid");
const state = client.randomState();
const back = await ask(
    client.buildEndSessionUrl(config, {
        post_logout_redirect_uri: more.post_logout_redirect_uri,
        id_token_hint: tokens.id_token,
        state,
    }),
);
const after = await client.tokenIntrospection(config, tokens.access_token);
done({ back, state, after });
