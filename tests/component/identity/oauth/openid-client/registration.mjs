// A system that registers itself and is then used at once.
import * as client from "openid-client";
import { done, issuer, more, onLoopback, redirectUri, signedIn } from "./party.mjs";

const metadata = {
    client_name: "Parcel lockers",
    redirect_uris: [redirectUri],
    scope: "openid profile",
    token_endpoint_auth_method: "client_secret_basic",
};
const initialAccessToken = more.initial_access_token;
const register = () =>
    client.dynamicClientRegistration(new URL(issuer), metadata, client.ClientSecretBasic(), { ...onLoopback, initialAccessToken });
const config = await register();
const { tokens } = await signedIn(config, "openid profile");
const again = await register().catch((error) => error.cause?.[0]?.parameters ?? error.error);
done({ client: config.clientMetadata(), claims: tokens.claims(), again });
