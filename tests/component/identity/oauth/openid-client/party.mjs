// What each topic shares: an unmodified openid-client, and the test on the other side of standard input and output.
import { createInterface } from "node:readline";
import * as client from "openid-client";

const given = JSON.parse(process.argv[2]);
const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Issuer and the client's own fields, as the test gave them. */
export const { issuer, client_id: clientId, secret, redirect_uri: redirectUri, key, ...more } = given;
/** Identity of a test speaks HTTP on loopback; nothing else about the client is eased. */
export const onLoopback = { execute: [client.allowInsecureRequests] };

/** What the test's browser comes back with, from the address that it was sent to. */
export async function ask(address) {
    console.log(JSON.stringify({ ask: String(address) }));
    return (await answers.next()).value;
}

export function done(result) {
    console.log(JSON.stringify({ done: result }));
    process.exit(0);
}

export async function discovered() {
    return client.discovery(new URL(issuer), clientId, {}, await authentication(), onLoopback);
}

async function authentication() {
    if (!key) return client.ClientSecretBasic(secret);
    const imported = await crypto.subtle.importKey("jwk", key, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
    return client.PrivateKeyJwt({ key: imported, kid: clientId });
}

/** Sign-in as the library's own example does it; `build` makes the address, by query or by PAR. */
export async function signedIn(config, scope, { build = client.buildAuthorizationUrl, options } = {}) {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const expectedNonce = client.randomNonce();
    const parameters = {
        redirect_uri: redirectUri,
        scope,
        code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
        code_challenge_method: "S256",
        state: expectedState,
        nonce: expectedNonce,
    };
    const address = await build(config, parameters, options);
    const back = new URL(await ask(address));
    const checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
    const tokens = await client.authorizationCodeGrant(config, back, checks, {}, options);
    return { address, tokens };
}
