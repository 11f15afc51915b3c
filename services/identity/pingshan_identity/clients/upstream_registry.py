"""The upstreams of this deployment, from a JSON file; their secrets stand in the secrets folder."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pingshan_kit.outgoing import Outgoing

from pingshan_identity.clients.oidc_upstream import OidcUpstream
from pingshan_identity.clients.upstreams import PATIENCE, Upstreams
from pingshan_identity.clients.wecom_upstream import WecomUpstream
from pingshan_identity.domain.realm import Realm
from pingshan_identity.domain.sign_in.upstream import Upstream, UpstreamKind
from pingshan_identity.settings import Settings

_SEEDED = Path(__file__).parents[1] / "seed" / "upstreams.json"


def load(settings: Settings) -> Upstreams:
    """Returns the upstreams of `upstreams_file`, else the seeded ones where the simulators run, else none."""
    file = settings.upstreams_file or (_SEEDED if settings.url_simulators else None)
    if file is None:
        return Upstreams({})
    text = file.read_text("utf-8").replace("{simulators}", settings.url_simulators)
    known = [_upstream(each) for each in json.loads(text)["upstreams"]]
    return Upstreams({upstream.code: _client(settings, upstream) for upstream in known})


def _upstream(each: Mapping[str, Any]) -> Upstream:
    given = dict(each) | {"kind": UpstreamKind(each["kind"]), "realm": Realm(each["realm"])}
    return Upstream(**given)


def _client(settings: Settings, upstream: Upstream) -> OidcUpstream | WecomUpstream:
    callback = f"{settings.public_url}/upstream/{upstream.code}/callback"
    secret = settings.secret(upstream.secret_file)
    outgoing = Outgoing(settings.outgoing_ca_file, total_seconds=PATIENCE)
    if upstream.kind is UpstreamKind.WECOM:
        return WecomUpstream(upstream, secret, callback, outgoing)
    return OidcUpstream(upstream, secret, callback, outgoing, settings.trusted)
