// Reads the places of credentials, and their statuses, as a wallet or verifier that we did not write would.
// In: {credentials: [jwt], lists: {uri: jwt}}. Out: the statuses, in their order.
import { getListFromStatusListJWT, getStatusListFromJWT } from "@sd-jwt/jwt-status-list";
import { readFileSync } from "node:fs";

const given = JSON.parse(readFileSync(0, "utf8"));
const found = given.credentials.map((jwt) => {
  const place = getStatusListFromJWT(jwt);
  return getListFromStatusListJWT(given.lists[place.uri]).getStatus(place.idx);
});
console.log(JSON.stringify(found));
