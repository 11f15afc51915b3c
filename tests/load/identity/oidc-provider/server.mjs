// npm's oidc-provider as its documentation sets it up: in memory, one process; what is asked of it is asked of ours.
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [port, secret, redirectUri] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const key = { ...privateKey.export({ format: "jwk" }), kid: "es256", use: "sig", alg: "ES256" };
const shared = { id_token_signed_response_alg: "ES256", client_secret: secret, token_endpoint_auth_method: "client_secret_basic" };

const provider = new Provider(`http://localhost:${port}`, {
    jwks: { keys: [key] },
    cookies: { keys: ["a-key-of-a-benchmark"] },
    clients: [
        { client_id: "machine", grant_types: ["client_credentials"], response_types: [], redirect_uris: [], ...shared },
        { client_id: "system", redirect_uris: [redirectUri], ...shared },
    ],
    enabledJWA: { idTokenSigningAlgValues: ["ES256"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: "张三" }) }),
    // Nobody is asked for consent, as in ours for the district's own systems.
    async loadExistingGrant({ oidc }) {
        const known = oidc.session.grantIdFor(oidc.client.clientId);
        if (known) return oidc.provider.Grant.find(known);
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope("openid profile");
        await grant.save();
        return grant;
    },
    features: {
        clientCredentials: { enabled: true },
        introspection: { enabled: true },
        // A token for a resource is an ES256 JWT (RFC 9068), one for none is opaque and can be introspected.
        resourceIndicators: {
            enabled: true,
            useGrantedResource: () => true,
            getResourceServerInfo: () => ({
                scope: "",
                audience: "e-license",
                accessTokenTTL: 600,
                accessTokenFormat: "jwt",
                jwt: { sign: { alg: "ES256" } },
            }),
        },
    },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
